"""The claims of cases in SQL: whose next case comes from where, and which very case somebody may take."""

from collections.abc import Iterable

from sqlalchemy import TextClause, text

from app.database.keeping import is_for_all, waits
from app.database.leases import is_held
from app.review.case import CONFLICT_OF_INTEREST, CaseState

# One statement. The first part walks the queue's index from its head and passes over what colleagues
# hold or are just now taking; it never waits, and sorts the few cases alone that are kept for one person. A
# hold that ran out ends here, and so does an assignment to somebody else, beyond its time.
CLAIM = """
WITH next AS MATERIALIZED (
    SELECT id, decision_id, lease_token, is_reserved, assigned_to FROM cases
    WHERE state = '{state}' AND {free} AND {kept}
        AND not_for IS DISTINCT FROM CAST(:account_id AS bigint){apart}
        AND (offered_to IS NULL OR offered_to = :account_id OR offered_until <= :now){further}
    ORDER BY {order}priority_key DESC, id
    FOR UPDATE SKIP LOCKED LIMIT 1
),
ended AS (
    INSERT INTO claim_ends (token, how, ended_at)
    SELECT lease_token, CASE WHEN is_reserved THEN 'unopened' ELSE 'expired' END, :now
    FROM next WHERE lease_token IS NOT NULL
    ON CONFLICT (token) DO NOTHING
),
claimed AS (
    INSERT INTO claims (token, case_id, account_id, decision_id, claimed_at)
    SELECT CAST(:token AS uuid), id, CAST(:account_id AS bigint), decision_id, :now FROM next
),
lapsed AS (
    UPDATE case_assignments SET ended_at = greatest(assigned_at, :now), how = 'lapsed' FROM next
    WHERE next.assigned_to <> CAST(:account_id AS bigint) AND case_assignments.case_id = next.id
        AND case_assignments.ended_at IS NULL
)
UPDATE cases SET holder_id = :account_id, lease_token = CAST(:token AS uuid),
    lease_expires_at = :expires_at, is_reserved = :is_reserved,
    shown_at = CASE WHEN :is_reserved THEN NULL ELSE CAST(:now AS timestamptz) END,
    offered_to = NULL, offered_until = NULL, waits_until = NULL,
    assigned_to = CASE WHEN cases.assigned_to = :account_id THEN cases.assigned_to END,
    assigned_until = CASE WHEN cases.assigned_to = :account_id THEN cases.assigned_until END
FROM next WHERE cases.id = next.id
RETURNING cases.id AS case_id, next.lease_token IS NOT NULL AND NOT next.is_reserved AS ran_out
"""
FREE = f"NOT {is_held('cases', 'CAST(:now AS timestamptz)')}"
# What a colleague has ready and has not looked at is theirs only while others have something to do.
RESERVED = "holder_id IS NOT NULL AND is_reserved AND holder_id <> :account_id"
# What an account gave back itself comes to it last, but it comes: a queue with cases is never empty.
NOT_MINE_BEFORE = " AND released_by IS DISTINCT FROM CAST(:account_id AS bigint)"
# Nobody rules where it was they who began the disagreement.
NOT_MY_FIRST = """
        AND NOT (kind = 'ruling' AND EXISTS (
            SELECT 1 FROM verdicts WHERE case_id = first_case_id AND account_id = :account_id
        ))"""
ASSIGNED_TO_ME = "assigned_to = CAST(:account_id AS bigint)"
FOR_ALL = is_for_all("cases")
FOR_ALL_OR_ME = f"({FOR_ALL} OR ({ASSIGNED_TO_ME} AND NOT {waits('cases')}))"
# Each has an index that begins with whom it is kept for.
FOR_ME = f"""({ASSIGNED_TO_ME} OR offered_to = CAST(:account_id AS bigint)) AND {FOR_ALL_OR_ME}"""
ASSIGNED_FIRST = f"({ASSIGNED_TO_ME}) IS NOT TRUE, "


def claim_statement(
    state: CaseState, *, free: str = FREE, kept: str = FOR_ALL, further: str = "", order: str = ""
) -> TextClause:
    """Return the claim of the most urgent case in this state that meets further conditions."""
    apart = NOT_MY_FIRST if state is CaseState.ESCALATED else ""
    return text(
        CLAIM.format(state=state.value, free=free, kept=kept, apart=apart, further=further, order=order)
    )


#: In this order: what is assigned to one, what colleagues reassigned, what is new, what one released oneself.
CLAIMS = {
    state: (
        claim_statement(state, kept=FOR_ME, order=ASSIGNED_FIRST),
        *(claim_statement(state, further=further) for further in (NOT_MINE_BEFORE, "")),
    )
    for state in (CaseState.OPEN, CaseState.ESCALATED)
}
TAKE_RESERVED = claim_statement(CaseState.OPEN, free=RESERVED)
#: That very case, unless somebody looks at it: what a colleague has ready is not looked at yet. Nobody takes
#: what they said they must not decide.
THAT_ONE = f"""
        AND id = :case_id AND NOT EXISTS (
            SELECT 1 FROM claims mine JOIN claim_ends USING (token)
            WHERE mine.case_id = cases.id AND mine.account_id = :account_id
                AND how = 'skipped' AND reason = '{CONFLICT_OF_INTEREST}'
        )"""
TAKE = {
    state: claim_statement(state, free=f"({FREE} OR is_reserved)", kept=FOR_ALL_OR_ME, further=THAT_ONE)
    for state in (CaseState.OPEN, CaseState.ESCALATED)
}


def _open_reserved(states: Iterable[CaseState]) -> TextClause:
    """Return what makes the case one has ready the current one: not while another is assigned to one.

    That one is what a claim finds first; the other stays ready.
    """
    each = " OR ".join(
        f"(state = '{state.value}'{NOT_MY_FIRST if state is CaseState.ESCALATED else ''})" for state in states
    )
    return text(f"""
UPDATE cases SET is_reserved = false, shown_at = :now, lease_expires_at = :expires_at
WHERE id = (
    SELECT id FROM cases
    WHERE holder_id = :account_id AND is_reserved AND {is_held("cases")}
        AND ({ASSIGNED_TO_ME} IS TRUE OR NOT EXISTS (
            SELECT 1 FROM cases WHERE {ASSIGNED_TO_ME} AND ({each}) AND {FREE} AND {FOR_ALL_OR_ME}
                AND not_for IS DISTINCT FROM CAST(:account_id AS bigint)
        ))
    ORDER BY lease_expires_at DESC LIMIT 1 FOR UPDATE
)
RETURNING id
""")


#: By whether the account judges escalated cases.
OPEN_RESERVED = {
    False: _open_reserved([CaseState.OPEN]),
    True: _open_reserved([CaseState.OPEN, CaseState.ESCALATED]),
}
