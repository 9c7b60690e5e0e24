/*
 * analysis.h: the one door of analysis/.
 *
 *	record --ana_freeze--> snapshot --ana_run--> result --> reports
 *
 * A snapshot is frozen and merged: plain tables, no live lock behind it, so
 * the same passes serve a live run, a saved one, and six lines in a test.
 * Passes are rows of passes.def, findings rows of findings.def.
 */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "workloads/workloads.h"

struct ana_snapshot;
struct ana_result;

enum ana_level { ANA_INFO, ANA_WARN, ANA_ERROR };

#endif /* ANALYSIS_ANALYSIS_H */
