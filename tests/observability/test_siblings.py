"""Workers on one port: whoever is asked for metrics answers for all."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from app.observability.metrics import Metrics
from app.observability.siblings import Siblings, together


def counted(requests: int) -> Metrics:
    metrics = Metrics()
    for _ in range(requests):
        metrics.request_ended("GET", "/a{b c}", 200, 0.01)
    metrics.payments_decided({("legit", "evidence_legit"): requests})
    return metrics


def sibling(folder: Path, number: int, metrics: Metrics) -> Siblings:
    async def exposition() -> bytes:
        return metrics.exposition()

    return Siblings(folder, number, exposition=exposition)


def by_worker(text: str, name: str) -> dict[str, float]:
    return {
        sample.labels["worker"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_each_family_stands_once_and_each_sample_says_whose_it_is() -> None:
    texts = {number: counted(number).exposition().decode() for number in (1, 2, 3)}
    text = together(texts)
    assert by_worker(text, "tertium_http_requests_total") == {"1": 1, "2": 2, "3": 3}
    assert by_worker(text, "tertium_payments_total") == {"1": 1, "2": 2, "3": 3}
    assert text.count("# TYPE tertium_http_requests_total ") == 1
    alone = list(text_string_to_metric_families(texts[1]))
    families = list(text_string_to_metric_families(text))
    assert [family.name for family in families] == [family.name for family in alone]
    assert sum(len(family.samples) for family in families) == 3 * sum(len(each.samples) for each in alone)


async def test_whoever_is_asked_answers_for_all_that_live(tmp_path: Path) -> None:
    asked, other, dead = (sibling(tmp_path, number, counted(number)) for number in (1, 2, 3))
    (await dead.listen()).close()
    listening = [await each.listen() for each in (asked, other)]
    text = (await asked.gathered()).decode()
    assert by_worker(text, "tertium_http_requests_total") == {"1": 1, "2": 2}
    for server in listening:
        server.close()
