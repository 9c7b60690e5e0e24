/*
 * subject_int.h: what the files of external subjects share.
 */
#ifndef CMD_SUBJECT_INT_H
#define CMD_SUBJECT_INT_H

#include "cmd/cmd_int.h"

struct subject_rev {
	const char	*name;
	int		number;		/* AMAPSTORM_REV */
};

#endif /* CMD_SUBJECT_INT_H */
