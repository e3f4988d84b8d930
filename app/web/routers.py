"""Every address there is: the routers of API and pages, wing by wing, in the order they are matched."""

from fastapi import APIRouter

from app.web.api import health, metrics
from app.web.api.access import accounts as api_accounts
from app.web.api.access import api_keys
from app.web.api.jobs import routes as api_jobs
from app.web.api.lists import routes as api_lists
from app.web.api.operations import quality as api_quality
from app.web.api.payments import outcomes, transactions
from app.web.api.policies import drift as api_drift
from app.web.api.policies import guarantees, lifecycle, trials
from app.web.api.policies import routes as api_policies
from app.web.pages.access import accounts, keys, login, settings
from app.web.pages.cases import assign, escalations, export, queue, record, search, views
from app.web.pages.discussion import attachments, comments, messages
from app.web.pages.drift import routes as drift
from app.web.pages.groups import actions as group_actions
from app.web.pages.groups import proposals as group_proposals
from app.web.pages.groups import routes as groups
from app.web.pages.groups import selection
from app.web.pages.help import routes as help_page
from app.web.pages.jobs import routes as jobs
from app.web.pages.jobs import training
from app.web.pages.lists import routes as lists
from app.web.pages.operations import case_lists, feeds
from app.web.pages.operations import routes as operations
from app.web.pages.payments import entities, own_decisions
from app.web.pages.payments import routes as payments
from app.web.pages.policies.lab import routes as lab
from app.web.pages.policies.models import routes as models
from app.web.pages.policies.versions import activation
from app.web.pages.policies.versions import routes as versions
from app.web.pages.quality import routes as quality
from app.web.pages.review import routes as review
from app.web.pages.review.actions import handing_on, hold, verdict

API: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        *(transactions, outcomes),
        *(api_policies, trials, lifecycle, guarantees, api_drift),
        *(api_accounts, api_keys),
        *(api_jobs, api_quality, api_lists),
        *(health, metrics),
    )
)
PAGES: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (
        *(login, settings, accounts, keys),
        *(review, verdict, handing_on, hold),
        *(
            queue,
            views,
            search,
            record,
            assign,
            export,
            escalations,
            payments,
            entities,
            own_decisions,
            lists,
        ),
        *(comments, attachments, messages),
        # Before the group itself, whose address has room for anything.
        *(group_proposals, groups, group_actions, selection),
        *(operations, case_lists, feeds, quality, drift),
        *(lab, activation, versions, models),
        *(jobs, training),
        help_page,
    )
)

#: All of them. What the framework works out of a route, it works out once for all applications of a process.
ROUTES = APIRouter(strict_content_type=False)  # `web/api/json_bodies` says which media types are read
for router in (*API, *PAGES):
    ROUTES.include_router(router)
