/*
 * map_int.h: what map.c, mapcall.c, fork.c, wire.c and fault.c share about
 * entries.
 */
#ifndef AMAP_MAP_INT_H
#define AMAP_MAP_INT_H

#include "amap/uvm_int.h"

#define VM_MIN_ADDRESS	((vaddr_t)1 << 16)
#define VM_MAX_ADDRESS	((vaddr_t)1 << 47)

RB_PROTOTYPE(vm_map_tree, vm_map_entry, tree, )

#define vm_entry_pages(e)	((vsize_t)atop((e)->end - (e)->start))
#define vm_entry_wired(e)	((e)->wired_count > 0)

/* All of these: => map write-locked */
/* => NULL: no memory; a blank entry that is in no map */
struct vm_map_entry *uvm_mapent_alloc(int waitf);
void	uvm_mapent_free(struct vm_map_entry *);
void	uvm_map_insert(struct vm_map *, struct vm_map_entry *);
void	uvm_map_remove(struct vm_map *, struct vm_map_entry *);
/* => the first entry that ends above va, or NULL; a read lock will do */
struct vm_map_entry *uvm_map_first(struct vm_map *, vaddr_t va);
struct vm_map_entry *uvm_map_next(struct vm_map_entry *);
/* => a read lock will do */
bool	uvm_map_isfree(struct vm_map *, vaddr_t start, vaddr_t end);
bool	uvm_map_isfull(struct vm_map *, vaddr_t start, vaddr_t end);
/* => lowest address with size free bytes; false: no room */
bool	uvm_map_findspace(struct vm_map *, vsize_t size, vaddr_t *);
/* clip both ends of the range; => the first entry inside it, or NULL */
struct vm_map_entry *uvm_map_clip(struct vm_map *, vaddr_t start, vaddr_t end);
/*
 * uvm_map_unmap: take all of a range out of the map, translations too.
 * => the entries are put on *dead
 * uvm_map_detach: what they held is let go.
 * => no lock held
 */
void	uvm_map_unmap(struct vm_map *, vaddr_t start, vaddr_t end,
	    struct vm_map_entry **dead);
void	uvm_map_detach(struct vm_map_entry *dead);
/* => 0, or EINVAL: not pages of this map */
int	uvm_map_checkrange(struct vm_map *, vaddr_t start, vaddr_t end);

/* wire.c */
/* => 0, ENOMEM */
int	uvm_wire_entry(struct vm_map *, struct vm_map_entry *);
void	uvm_unwire_entry(struct vm_map_entry *);
/*
 * uvm_wire_page: the page was entered at va of a wired entry.
 * => map read-locked, page's owner locked; anon NULL: an object's page
 */
void	uvm_wire_page(struct vm_map_entry *, vaddr_t, struct vm_page *,
	    struct vm_anon *);

/* fork.c */
/* => A held: a fork takes its snapshot of this amap, no store may be let in */
bool	uvm_gated(struct vm_amap *);
/* => as above; A and the map's read lock are released; sleeps until it is over */
void	uvm_gate_wait(struct vm_map *, struct vm_amap *);

/* object.c */
void	uvm_obj_ref(struct uvm_object *);
void	uvm_obj_unref(struct uvm_object *);

#endif /* AMAP_MAP_INT_H */
