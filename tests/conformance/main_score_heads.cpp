#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "main_score.hpp"
#include "worker/tasks/article_title.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

boost::json::object made(std::string const& page) {
    request want;
    want.names = {"main"};
    want.json = false;
    want.content_type = "text/html; charset=utf-8";
    want.base_url = "http://fakehost/test/page.html";
    auto const done = perform(standard(), want, page);
    return done ? boost::json::parse(done->output).as_object() : boost::json::object();
}

std::string text_of(boost::json::object const& object, std::string_view member) {
    auto const* value = object.if_contains(member);
    return value != nullptr && value->is_string() ? html::collapsed(value->as_string()) : std::string();
}

bool is_near(std::string const& a, std::string const& b) {
    auto const x = articles::bare_words(a);
    auto const y = articles::bare_words(b);
    return !x.empty() && !y.empty() && (x.find(y) != std::string::npos || y.find(x) != std::string::npos);
}

void compare(std::string const& got, std::string const& wanted, head_score& score) {
    if (wanted.empty()) {
        score.unasked += static_cast<std::size_t>(!got.empty());
        return;
    }
    ++score.expected;
    score.same += static_cast<std::size_t>(got == wanted);
    score.near += static_cast<std::size_t>(got == wanted || is_near(got, wanted));
}

struct pair {
    std::string_view ours;
    std::string_view theirs;
};
constexpr pair members[] = {{"title", "title"},   {"byline", "byline"}, {"published", "publishedTime"},
                            {"site", "siteName"}, {"language", "lang"}, {"excerpt", "excerpt"}};

}  // namespace

std::vector<head_score> score_heads(std::filesystem::path const& pages, bool differences) {
    std::vector<head_score> scores;
    for (auto const& member : members)
        scores.push_back({.member = std::string(member.ours)});
    for (auto const& entry : std::filesystem::directory_iterator(pages)) {
        auto const got = made(read(entry.path() / "source.html"));
        auto const wanted = boost::json::parse(read(entry.path() / "expected-metadata.json")).as_object();
        auto const show = differences && !is_held_out(entry.path().filename().string());
        for (std::size_t i = 0; i < scores.size(); ++i) {
            auto const ours = text_of(got, members[i].ours);
            auto const theirs = text_of(wanted, members[i].theirs);
            compare(ours, theirs, scores[i]);
            if (show && ours != theirs)
                std::cout << entry.path().filename().string() << ' ' << members[i].ours << "\n  wanted "
                          << theirs << "\n  got    " << ours << '\n';
        }
    }
    return scores;
}

}  // namespace fetchd::tasks
