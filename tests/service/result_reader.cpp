#include "service/result_reader.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "service/ask.hpp"

namespace fetchd::test {
namespace {

// The body of an answer to HTTP/1.0, which has no frames: what came before the cut.
std::string body_of(std::string const& received) {
    auto const head = received.find("\r\n\r\n");
    if (head == received.npos)
        return {};
    EXPECT_EQ(received.substr(8, 5), " 200 ") << received;
    return received.substr(head + 4);
}

std::string receive(http_client const& from, std::size_t most) {
    std::string all;
    std::string piece(16'384, '\0');
    while (all.size() < most) {
        pollfd on{from.descriptor(), POLLIN, 0};
        if (::poll(&on, 1, static_cast<int>(patience().count())) != 1) {
            ADD_FAILURE() << "a reader waits for ever";
            break;
        }
        auto const n = ::recv(from.descriptor(), piece.data(), std::min(piece.size(), most - all.size()), 0);
        if (n <= 0)
            break;
        all.append(piece, 0, static_cast<std::size_t>(n));
    }
    return all;
}

}  // namespace

void result_reader::read_from(std::uint16_t port, std::size_t most_bytes) {
    http_client client(port);
    auto const last = std::to_string(results_.size());
    auto const target = "/v1/jobs/" + job_ + "/results?follow=1";
    auto const asked =
        as_ == form::lines
            ? client.send("GET " + target + "&after=" + last + " HTTP/1.0\r\n\r\n")
            : client.send("GET " + target + " HTTP/1.0\r\naccept: text/event-stream\r\n" +
                          (results_.empty() ? "" : "last-event-id: " + last + "\r\n") + "\r\n");
    if (!asked)
        return;
    auto const text = body_of(receive(client, most_bytes));
    as_ == form::lines ? take_lines(text) : take_events(text);
    cuts_ += !at_end();
}

void result_reader::take(std::string_view text) {
    document const d{std::string(text)};
    if (d["/end"] != "absent") {
        if (d["/end"] == "true")
            end_ = text;
    } else if (d["/heartbeat"] == "absent") {
        results_.emplace_back(text);
        EXPECT_EQ(d.number("/seq"), static_cast<double>(results_.size())) << text;
    }
}

void result_reader::take_lines(std::string_view text) {
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        take(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
}

// WHATWG HTML §9.2.6: an event is dispatched by the empty line after it, and not before.
void result_reader::take_events(std::string_view text) {
    for (auto end = text.find("\n\n"); end != text.npos; end = text.find("\n\n")) {
        auto const event = text.substr(0, end);
        text.remove_prefix(end + 2);
        constexpr std::string_view field = "\ndata: ";
        if (auto const at = event.find(field); at != event.npos)
            take(event.substr(at + field.size()));
    }
}

}  // namespace fetchd::test
