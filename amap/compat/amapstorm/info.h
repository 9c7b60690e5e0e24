/*
 * info.h: what a subject says of itself.  info.c, compiled with each subject,
 * has both: a text in a section called SUBJECT_SECTION, which can be read
 * without loading anything, and a variable called amapstorm_subject.
 */
#ifndef AMAPSTORM_INFO_H
#define AMAPSTORM_INFO_H

#define SUBJECT_SECTION	"amapstorm"
/* the text: key, blank, value, newline; these keys in this order */
#define SUBJECT_TEXT(flavour, rev, source)				\
	"flavour " flavour "\nrev " rev "\nsource " source "\n"

struct subject_info {
	unsigned int	size;		/* of this struct */
	unsigned int	nabi;
	const long	*abi;		/* abi.def */
	/* call sites: they keep what they have learnt; or NULL */
	void		*sites, *sites_end;
};

#endif
