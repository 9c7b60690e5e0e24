/* model_word_int.h: the packed words of model_int.h, for the model's files. */
#ifndef WORKLOADS_MODEL_WORD_INT_H
#define WORKLOADS_MODEL_WORD_INT_H

#include "workloads/model_int.h"

#define W_OPEN		1u
#define W_PREFIX	2u
#define W_FLAGS		3u

static inline uint64_t
word_make(uint32_t begun, uint32_t done, unsigned flags)
{
	return (uint64_t)begun << 33 | (uint64_t)done << 2 | flags;
}

static inline uint32_t
word_begun(uint64_t w)
{
	return (uint32_t)(w >> 33);
}

static inline uint32_t
word_done(uint64_t w)
{
	return (uint32_t)(w >> 2) & WL_SEQ_MAX;
}

/* life and frees: two halves */
static inline uint64_t
pair_make(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static inline uint32_t
pair_high(uint64_t p)
{
	return (uint32_t)(p >> 32);
}

static inline uint32_t
pair_low(uint64_t p)
{
	return (uint32_t)p;
}

/* => raise either half of a life, never lower one */
static inline void
life_raise(_Atomic uint64_t *life, uint32_t dead, uint32_t base)
{
	uint64_t old = atomic_load(life), new;

	do {
		new = pair_make(pair_high(old) > dead ? pair_high(old) : dead,
		    pair_low(old) > base ? pair_low(old) : base);
	} while (new != old && !atomic_compare_exchange_weak(life, &old, new));
}

/*
 * wl_fork_note: a unit of the writer was seen as of store `seen`; `unseen`
 * was begun before the fork returned and is not in the copy (0: none).
 * => false: another unit says otherwise
 */
bool	wl_fork_note(struct wl_fork *, unsigned writer, uint32_t seen,
	    uint32_t unseen);

#endif /* WORKLOADS_MODEL_WORD_INT_H */
