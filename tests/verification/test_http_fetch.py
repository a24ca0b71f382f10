"""The guarded door against real servers on loopback, honest and hostile ones."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import replace

import pytest

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.verification.conftest import Door
from verification.network import GuardedNetwork, HttpAnswer
from verification.slots import MOST_AT_A_TARGET, BusyError, at_server

URL = "http://shop.example.com/file"


@pytest.fixture(autouse=True)
def published(dns_server: LoopbackDns) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")


def stopped(answer: HttpAnswer) -> tuple[str, bytes]:
    return answer.problem, answer.body


def with_https_port(network: GuardedNetwork, port: int) -> GuardedNetwork:
    return GuardedNetwork(replace(network.policy, http_ports=(1, port)))


def test_a_page_is_fetched_with_name_and_plain_request(
    door: Door, http_server: LoopbackHttp
) -> None:
    http_server.pages["/file"] = page(b"content\n")
    answer = door().get(URL)
    assert (answer.url, answer.problem, answer.status, answer.body) == (URL, "", 200, b"content\n")
    assert [(hop["url"], hop["address"], hop["status"]) for hop in answer.hops] == [
        (URL, "127.0.0.1", 200)
    ]
    assert http_server.requests[0].fields == {
        "host": "shop.example.com",
        "user-agent": "reseal-domain-validation",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_environment_proxies_are_not_asked(
    door: Door, http_server: LoopbackHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    http_server.pages["/file"] = page(b"content")
    assert door().get(URL).body == b"content"


def test_https_needs_no_valid_certificate_and_tells_the_name(
    door: Door, https_server: LoopbackHttp
) -> None:
    https_server.pages["/file"] = page(b"content")
    answer = door().get("https://shop.example.com/file")
    assert (answer.problem, answer.body) == ("", b"content")
    assert https_server.names == ["shop.example.com"]
    assert https_server.requests[0].fields["host"] == "shop.example.com"


def test_plain_http_on_the_tls_port_is_a_tls_problem(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer_in_plain() -> None:
            client, _address = plain.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                client.recv(4096)

        threading.Thread(target=answer_in_plain, daemon=True).start()
        answer = with_https_port(door(), plain.getsockname()[1]).get("https://shop.example.com/f")
    assert stopped(answer) == ("tls", b"")


def test_a_tls_handshake_that_never_ends_is_left_at_the_deadline(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network = with_https_port(door(fetch_total=0.5), silent.getsockname()[1])
        begun = time.monotonic()
        assert network.get("https://shop.example.com/file").problem == "timeout"
        assert time.monotonic() - begun < 10


def test_the_body_is_kept_for_status_200_only(door: Door, http_server: LoopbackHttp) -> None:
    for status in (201, 206, 303, 404, 500):
        http_server.pages["/file"] = page(b"content", status, location="/elsewhere")
        answer = door().get(URL)
        assert (answer.problem, answer.status, answer.body) == ("", status, b"")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed_and_kept(
    door: Door, http_server: LoopbackHttp, https_server: LoopbackHttp, status: int
) -> None:
    http_server.pages["/file"] = page(b"", status, location="https://shop.example.com/b?x=1#part")
    https_server.pages["/b?x=1"] = page(b"", status, location="http://shop.example.com:80/c")
    http_server.pages["/c"] = page(b"content")
    answer = door().get(URL)
    assert answer.body == b"content"
    assert [(hop["url"], hop["status"]) for hop in answer.hops] == [
        (URL, status),
        ("https://shop.example.com/b?x=1", status),
        ("http://shop.example.com:80/c", 200),
    ]


def test_a_relative_redirect_is_followed(door: Door, http_server: LoopbackHttp) -> None:
    http_server.pages["/file"] = page(b"", 302, location="deeper/file?a=b c")
    http_server.pages["/deeper/file?a=b%20c"] = page(b"content")
    answer = door().get(URL)
    assert (answer.url, answer.body) == ("http://shop.example.com/deeper/file?a=b c", b"content")


def test_a_redirect_without_a_place_is_just_a_status(door: Door, http_server: LoopbackHttp) -> None:
    http_server.pages["/file"] = page(b"", 302)
    assert (door().get(URL).problem, door().get(URL).status) == ("", 302)


def test_a_circle_of_redirects_stops(door: Door, http_server: LoopbackHttp) -> None:
    http_server.pages["/file"] = page(b"", 302, location="/other")
    http_server.pages["/other"] = page(b"", 302, location="/file")
    answer = door().get(URL)
    assert (answer.problem, len(http_server.requests)) == ("redirect_loop", 2)


@pytest.mark.parametrize(("length", "problem"), [(5, ""), (6, "redirect_loop")])
def test_five_redirects_are_followed_and_six_are_not(
    door: Door, http_server: LoopbackHttp, length: int, problem: str
) -> None:
    http_server.pages["/file"] = page(b"", 302, location="/1")
    for number in range(1, length):
        http_server.pages[f"/{number}"] = page(b"", 302, location=f"/{number + 1}")
    http_server.pages[f"/{length}"] = page(b"content")
    assert door().get(URL).problem == problem


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("ftp://shop.example.com/", "redirect_refused"),
        ("file:///etc/passwd", "redirect_refused"),
        ("gopher://127.0.0.1:6379/_INFO", "redirect_refused"),
        ("javascript:alert(1)", "redirect_refused"),
        ("http://user:secret@shop.example.com/", "redirect_refused"),
        ("http://@shop.example.com/", "redirect_refused"),
        ("http://[::1/", "redirect_refused"),
        ("http://shop.example.com:http/", "redirect_refused"),
        ("http://shop example.com/", "redirect_refused"),
        ("http://-shop.example.com/", "redirect_refused"),
        ("http://shop..example.com/", "redirect_refused"),
        ("http://caf\xe9.example.com/", "redirect_refused"),
        ("/" + "a" * 3000, "redirect_refused"),
        ("/a\tb", "redirect_refused"),
        ("http://shop.example.com:8080/", "port"),
        ("http://shop.example.com:22/", "port"),
        ("http://shop.example.com:0/", "port"),
        ("http://10.0.0.1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://[::ffff:127.0.0.1]/", "address_refused"),
        ("http://[::ffff:7f00:1]/", "address_refused"),
        ("http://[64:ff9b::7f00:1]/", "address_refused"),
        ("http://[2002:7f00:1::]/", "address_refused"),
        ("http://[fe80::1%25lo]/", "address_refused"),
        ("http://[::]/", "address_refused"),
        ("http://0.0.0.0/", "address_refused"),
        ("http://127.1/", "address_refused"),
        ("http://2130706433/", "address_refused"),
        ("http://0x7f000001/", "address_refused"),
        ("http://017700000001/", "address_refused"),
        ("http://127.0.0.1.:80/", ""),
    ],
)
def test_a_redirect_is_judged_like_the_first_request(
    door: Door, http_server: LoopbackHttp, location: str, problem: str
) -> None:
    http_server.pages["/file"] = page(b"", 302, location=location)
    http_server.pages["/"] = page(b"reached")
    answer = door().get(URL)
    assert answer.problem == problem
    assert len(http_server.requests) == (2 if problem == "" else 1)


def test_the_production_policy_refuses_loopback_by_name_address_and_redirect(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("six.example.com", "AAAA", "::1")
    for url in (URL, "http://127.0.0.1/", "http://[::1]/", "http://six.example.com/"):
        answer = network.get(url)
        assert answer.problem == "address_refused"
        assert "loopback" in answer.hops[0]["detail"]


def test_where_names_of_others_lead_inside_is_not_told(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    """Our resolvers may know names that the Internet does not: by a redirect or an alias anybody
    could read them out. What the name that is asked for says itself is its owner's business."""
    inside = "10.1.2.3"
    dns_server.publish("vault.corp.example", "A", inside)
    dns_server.publish("alias.example.com", "CNAME", "vault.corp.example")
    dns_server.publish("own.example.com", "A", inside)
    http_server.pages["/file"] = page(b"", 302, location="http://vault.corp.example/")
    for url in (URL, "http://alias.example.com/", "http://own.example.com/"):
        answer = door().get(url)
        assert answer.problem == "address_refused"
        assert "private (RFC 1918)" in answer.hops[-1]["detail"]
        assert (inside in json.dumps(answer.hops)) == ("own" in url), url


def test_one_refused_address_among_permitted_ones_refuses_the_name(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    http_server.pages["/file"] = page(b"content")
    dns_server.publish("shop.example.com", "A", "127.0.0.1", "10.0.0.1")
    assert door().get(URL).problem == "address_refused"
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    dns_server.publish("shop.example.com", "AAAA", "fd00::1")
    assert door().get(URL).problem == "address_refused"
    assert http_server.requests == []


def test_a_name_is_resolved_once_a_hop_and_the_judged_address_is_used(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    dns_server.publish_in_turn("shop.example.com", "A", ["127.0.0.1"], ["10.0.0.1"])
    http_server.pages["/file"] = page(b"content")
    answer = door().get(URL)
    assert (answer.body, answer.hops[0]["address"]) == (b"content", "127.0.0.1")
    assert dns_server.questions("shop.example.com", "A") == 1


def test_a_name_that_is_rebound_between_two_hops_is_judged_again(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    dns_server.publish_in_turn("shop.example.com", "A", ["127.0.0.1"], ["169.254.169.254"])
    http_server.pages["/file"] = page(b"", 302, location="/latest")
    http_server.pages["/latest"] = page(b"secret")
    answer = door().get(URL)
    assert (answer.problem, answer.body) == ("address_refused", b"")
    assert "cloud metadata" in answer.hops[1]["detail"]


def test_the_next_address_is_tried_when_one_takes_no_connection(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.2", "127.0.0.1")
    http_server.pages["/file"] = page(b"content")
    answer = door().get(URL)
    assert (answer.body, answer.hops[0]["address"]) == (b"content", "127.0.0.1")


def test_a_place_is_held_where_the_connection_is_and_nowhere_else(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    """Who names others' servers beside his own keeps nobody from being asked there."""
    dns_server.publish("shop.example.com", "A", "127.0.0.1", "127.0.0.2")
    dns_server.publish("other.example.com", "A", "127.0.0.2", "127.0.0.1")
    http_server.pages["/file"] = page(b"content")
    network = door()
    taken = network.policy.slots
    others = [taken.take(at_server("127.0.0.2"), 20) for _each in range(MOST_AT_A_TARGET)]
    assert network.get(URL).body == b"content"
    with pytest.raises(BusyError):
        network.get("http://other.example.com/file")
    for hold in others:
        taken.give_back(at_server("127.0.0.2"), hold)
    assert network.get("http://other.example.com/file").body == b"content"
    ours = [taken.take(at_server("127.0.0.1"), 20) for _each in range(MOST_AT_A_TARGET)]
    assert all(ours), "a place was given back at once by whoever was there"
    with pytest.raises(BusyError):
        network.get(URL)


def test_ipv6_is_used_when_a_name_has_no_other(
    dns_server: LoopbackDns, door: Door, http_server: LoopbackHttp
) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        six = LoopbackHttp("::1", http_server.port)
    except OSError:
        pytest.skip("this machine has no ::1")
    dns_server.publish("six.example.com", "AAAA", "::1")
    six.pages["/file"] = page(b"content")
    with six:
        answer = door().get("http://six.example.com/file")
        assert (answer.body, answer.hops[0]["address"]) == (b"content", "::1")
        assert door().get("http://[::1]/file").body == b"content"
        assert six.requests[1].fields["host"] == "[::1]"


def test_a_cname_to_a_refused_address_is_refused(dns_server: LoopbackDns, door: Door) -> None:
    dns_server.publish("shop.example.com", "A")
    dns_server.publish("shop.example.com", "CNAME", "inside.example.net")
    dns_server.publish("inside.example.net", "A", "192.168.0.1")
    assert door().get(URL).problem == "address_refused"


@pytest.mark.parametrize("how", ["NXDOMAIN", "SERVFAIL", "TIMEOUT"])
def test_a_name_without_an_address_says_why(dns_server: LoopbackDns, door: Door, how: str) -> None:
    dns_server.fail("shop.example.com", how)
    answer = door().get(URL)
    assert answer.problem == f"dns_{how.lower()}"
    assert how in answer.hops[0]["detail"]


def test_a_closed_port_is_unreachable(dns_server: LoopbackDns, door: Door) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.3")
    assert door().get(URL).problem == "unreachable"


def test_no_cookie_is_carried_to_the_next_hop(door: Door, http_server: LoopbackHttp) -> None:
    http_server.pages["/file"] = page(b"", 302, location="/next", set_cookie="a=b; Path=/")
    http_server.pages["/next"] = page(b"content")
    assert door().get(URL).body == b"content"
    assert "cookie" not in http_server.requests[1].fields
