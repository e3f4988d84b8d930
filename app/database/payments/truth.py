"""What several questions ask of a payment `t`: is somebody to judge it, what was decided, what is true.

Who asks is `:reader`, an account or NULL: what looks at a verdict of their own does not exist for them.
"""

from app.database.blindness import is_kept_from

READER = "CAST(:reader AS bigint)"
#: A case of it is not over yet. Of such a payment nobody who may judge it is told anything else here.
IS_LIVE = f"""EXISTS (
    SELECT 1 FROM cases live
    WHERE live.transaction_id = t.id AND live.state IN ('open', 'escalated', 'given')
        AND NOT {is_kept_from("live", READER)}
)"""

#: The machine's newest decision, as it was at a moment.
DECIDED = """LEFT JOIN LATERAL (
    SELECT label, reason, policy_id FROM decisions
    WHERE decisions.transaction_id = t.id AND decided_at <= CAST(:as_of AS timestamptz)
    ORDER BY attempt DESC LIMIT 1
) decided ON true"""

# What was reported of a payment counts before what a person judged; of two reports the later one.
_REPORTED_FIRST = "rank, learned_at DESC, id DESC"


def truth_among(keys: str) -> str:
    """Return a query for what is true now of the payments whose key is `keys`, such as "= ANY($1)".

    One row a payment of which something is known: transaction_id, label, source ('verdict' of what a person
    judged), learned_at, and propensity, that of the likeliest way to know it. Withdrawn reports are no truth.
    """
    return f"""
SELECT DISTINCT ON (transaction_id) transaction_id, label, source, learned_at,
    max(propensity) OVER (PARTITION BY transaction_id) AS propensity
FROM (
    SELECT transaction_id, label, source, learned_at, propensity, 1 AS rank, id
    FROM standing_labels WHERE transaction_id {keys}
    UNION ALL
    SELECT v.transaction_id, v.judgement, 'verdict', v.judged_at, d.label_propensity, 2, v.id
    FROM standing_verdicts v
    LEFT JOIN decisions d ON d.transaction_id = v.transaction_id AND d.attempt = 1
    WHERE v.transaction_id {keys}
) heard
ORDER BY transaction_id, {_REPORTED_FIRST}"""


#: The same as it was known at a moment, without what its source had withdrawn by then (`standing_labels`
#: says that of now). A verdict of just that moment is none: cases judged as one group must not tell of each
#: other.
TRUTH = f"""LEFT JOIN LATERAL (
    SELECT label, source FROM (
        SELECT label, source, learned_at, id, 1 AS rank FROM labels
        WHERE labels.transaction_id = t.id AND recorded_at <= CAST(:as_of AS timestamptz)
            AND label <> 'withdrawn' AND NOT EXISTS (
                SELECT 1 FROM labels w
                WHERE w.transaction_id = t.id AND w.source = labels.source AND w.label = 'withdrawn'
                    AND w.recorded_at <= CAST(:as_of AS timestamptz)
                    AND (w.learned_at, w.id) > (labels.learned_at, labels.id)
            )
        UNION ALL
        SELECT judgement, 'verdict', judged_at, id, 2 FROM standing_verdicts
        WHERE standing_verdicts.transaction_id = t.id AND judged_at < CAST(:as_of AS timestamptz)
    ) heard
    ORDER BY {_REPORTED_FIRST} LIMIT 1
) truth ON true"""

#: The case by which a payment is read: the one that is not over, else the newest, never a second look at
#: one that is over.
CASE = f"""LEFT JOIN LATERAL (
    SELECT id, state FROM cases
    WHERE cases.transaction_id = t.id
        AND (kind IN ('unknown', 'audit') OR (
            state IN ('open', 'escalated', 'given') AND NOT {is_kept_from("cases", READER)}
        ))
    ORDER BY state IN ('open', 'escalated', 'given') DESC, id DESC LIMIT 1
) shown ON true"""

#: Another case `c` of the payment is over, and somebody is to look at the payment again: to those who may,
#: the earlier case is not to be read meanwhile, or they knew what they look at, and what was said of it.
IS_UNDER_REVIEW = f"""(c.state IN ('judged', 'closed') AND EXISTS (
    SELECT 1 FROM cases again
    WHERE again.transaction_id = c.transaction_id AND again.id <> c.id
        AND again.state IN ('open', 'escalated', 'given') AND NOT {is_kept_from("again", READER)}
))"""
