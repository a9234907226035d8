/* Refuses UPDATE and DELETE without WHERE, as pg-safeupdate does, which hosted Supabase loads
 * for its API: within functions too, and whoever owns them. Here what comes over the API is told
 * by the role that the API server sets; direct SQL is left alone. */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

static post_parse_analyze_hook_type next_hook = NULL;

static void
refuse_without_where(Query *query)
{
	ListCell *cell;

	foreach (cell, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);

		if (IsA(cte->ctequery, Query))
			refuse_without_where((Query *) cte->ctequery);
	}
	if ((query->commandType == CMD_UPDATE || query->commandType == CMD_DELETE) &&
		query->jointree->quals == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("%s requires a WHERE clause",
						query->commandType == CMD_UPDATE ? "UPDATE" : "DELETE")));
}

static void
check(ParseState *pstate, Query *query, JumbleState *jstate)
{
	const char *role = GetConfigOption("role", true, false);

	if (next_hook)
		next_hook(pstate, query, jstate);
	if (role && (strcmp(role, "service_role") == 0 || strcmp(role, "authenticated") == 0 ||
				 strcmp(role, "anon") == 0))
		refuse_without_where(query);
}

void
_PG_init(void)
{
	next_hook = post_parse_analyze_hook;
	post_parse_analyze_hook = check;
}
