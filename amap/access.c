/*
 * access.c: the processor.  Loads and stores go through the translations;
 * one that is missing, or forbids it, is a fault, and then they try again.
 */
#include "amap/uvm_int.h"

int
vm_load(struct vm_space *s, uintptr_t va, uint64_t *cells, size_t n)
{
	bool faulted = false;
	int error;

	while (pmap_load(s->map.pmap, va, cells, n) != 0) {
		faulted = true;
		error = uvm_fault(&s->map, va, VM_PROT_READ, false);
		if (error != 0)
			return error;
	}
	vm_count(VMC_loads, n);
	if (!faulted)
		vm_count(VMC_resident, 1);
	return 0;
}

int
vm_store(struct vm_space *s, uintptr_t va, const uint64_t *cells, size_t n)
{
	bool faulted = false;
	int error;

	while (pmap_store(s->map.pmap, va, cells, n) != 0) {
		faulted = true;
		error = uvm_fault(&s->map, va, VM_PROT_WRITE, false);
		if (error != 0)
			return error;
	}
	vm_count(VMC_stores, n);
	if (!faulted)
		vm_count(VMC_resident, 1);
	return 0;
}
