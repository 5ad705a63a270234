/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other processes of this run, when mpirun or a batch system started several. */
#ifndef TREFOIL_RANKS_H
#define TREFOIL_RANKS_H

#include "trefoil/trefoil.h"

/* `*ranks` is NULL when this process is alone, which is told from the environment and costs nothing.  0, or an exit status after a message. */
int ranks_join(const trefoil_ranks **ranks);
/* Every rank calls it at its end.  Accepts NULL. */
void ranks_leave(const trefoil_ranks *ranks);

#endif
