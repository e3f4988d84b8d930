"""The services of cases, made of the parts."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from app.main.card_issuers import card_issuers
from app.main.parts import Parts, a_scorer
from app.review.groups.judgement import SecondPerson
from app.web.services import CaseServices
from app.workflows.cases.case_groups import CaseGroups
from app.workflows.cases.claims import Claims
from app.workflows.cases.discussion.discussions import Discussions
from app.workflows.cases.discussion.forgetting import MessageForgetting
from app.workflows.cases.discussion.messages import Messages
from app.workflows.cases.entities import EntityRecords
from app.workflows.cases.entity_lists import EntityLists
from app.workflows.cases.explanations import CaseExplainer
from app.workflows.cases.grouping import GroupFinder
from app.workflows.cases.keeping.assigning import Assigning
from app.workflows.cases.keeping.returns import ReturnWatch
from app.workflows.cases.keeping.waiting import Waiting
from app.workflows.cases.linked_payments import LinkedPayments
from app.workflows.cases.lookup import CaseLookup
from app.workflows.cases.payment_records import PaymentRecords
from app.workflows.cases.qa_sampling import QaSampling
from app.workflows.cases.similar_payments import KnownPayments
from app.workflows.cases.story import StoryReader
from app.workflows.cases.verdicts import Verdicts
from app.workflows.cases.worklists.exports import CaseExports
from app.workflows.cases.worklists.queue_views import QueueViews
from app.workflows.cases.worklists.selections import Selections


def cases(parts: Parts) -> CaseServices:
    """Return what hands cases out, explains them and takes verdicts."""
    base = parts.base
    engine, clock = base.engine, base.clock
    verdicts = _verdicts(parts)
    groups = _groups(parts, verdicts)
    lookup = CaseLookup(engine=engine, clock=clock, card_numbers=parts.card_numbers)
    linked_payments = LinkedPayments(engine=engine, clock=clock)
    story = StoryReader(engine=engine)
    return CaseServices(
        claims=Claims(
            engine=engine,
            clock=clock,
            new_token=uuid4,
            lease_duration=verdicts.lease_duration,
            metrics=base.metrics,
        ),
        verdicts=verdicts,
        groups=groups,
        lookup=lookup,
        selections=Selections(engine=engine, clock=clock, groups=groups, lookup=lookup),
        views=QueueViews(engine=engine, clock=clock),
        linked_payments=linked_payments,
        story=story,
        exports=CaseExports(
            engine=engine,
            clock=clock,
            lookup=lookup,
            linked_payments=linked_payments,
            story=story,
            shelf=base.shelf,
            scorer=a_scorer(base),
        ),
        entities=EntityRecords(
            engine=engine, clock=clock, linked_payments=linked_payments, card_numbers=parts.card_numbers
        ),
        entity_lists=EntityLists(
            engine=engine, clock=clock, linked_payments=linked_payments, card_numbers=parts.card_numbers
        ),
        payment_records=PaymentRecords(engine=engine, clock=clock, linked_payments=linked_payments),
        issuers=card_issuers(base.settings.card_issuers_file),
        explanations=CaseExplainer(
            scorer=parts.scorer, neighbours=KnownPayments(engine, parts.serving, clock=clock)
        ),
        assigning=Assigning(engine=engine, clock=clock),
        waiting=Waiting(engine=engine, clock=clock),
        returns=ReturnWatch(engine=engine, clock=clock),
        discussions=Discussions(engine=engine, clock=clock),
        messages=Messages(engine=engine, clock=clock),
        forgetting=MessageForgetting(
            engine=engine, clock=clock, kept=timedelta(days=base.settings.messages_kept_days)
        ),
        plain_lease=timedelta(seconds=base.settings.plain_lease_seconds),
    )


def _verdicts(parts: Parts) -> Verdicts:
    base, settings = parts.base, parts.base.settings
    return Verdicts(
        engine=base.engine,
        clock=base.clock,
        new_token=uuid4,
        lease_duration=timedelta(seconds=settings.lease_seconds),
        grace=timedelta(seconds=settings.undo_seconds),
        second_looks=QaSampling(
            share=settings.second_look_share,
            high_exposure=settings.second_look_from,
            gold_share=settings.gold_share,
            chance=parts.draws.random,
            opening=parts.opening,
            pair=lambda: parts.serving.pair,
        ),
        metrics=base.metrics,
    )


def _groups(parts: Parts, verdicts: Verdicts) -> CaseGroups:
    settings = parts.base.settings
    return CaseGroups(
        finding=GroupFinder(engine=parts.base.engine, serving=parts.serving),
        verdicts=verdicts,
        second_person=SecondPerson(
            from_cases=settings.second_person_from_cases,
            from_amount=Decimal(str(settings.second_person_from_amount)),
        ),
        rates=lambda: parts.exchange.table,
    )
