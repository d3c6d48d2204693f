#include "main_score.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "worker/tasks/article.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

std::string read(std::filesystem::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

// FNV-1a.
std::uint64_t hashed(std::string_view s) {
    std::uint64_t h = 14695981039346656037U;
    for (char const c : s)
        h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return h;
}

std::size_t length_of_character(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

enum class kind { space, letter, alone };

kind kind_of(std::string_view c) {
    auto const first = static_cast<unsigned char>(c[0]);
    if (first < 0x80)
        return (first >= '0' && first <= '9') || ((first | 32U) >= 'a' && (first | 32U) <= 'z') ? kind::letter
                                                                                                : kind::space;
    if (c < "\u00C0" || (c >= "\u2000" && c < "\u2070") || (c >= "\u3000" && c < "\u3040") ||
        (c >= "\uFF00" && c < "\uFF10"))
        return kind::space;
    return (c >= "\u3040" && c < "\uAC00") || c >= "\U00020000" ? kind::alone : kind::letter;
}

// Appends the text of a node's subtree, a line for each block.
void append_text(html::node top, article const* only, std::string& out) {
    html::walk(
        top,
        [&](html::node n) {
            if (n.tag() == html::tag::text) {
                out += n.text();
                return html::step::past;
            }
            if (html::is_hidden(n) || (only != nullptr && only->left_out(n)))
                return html::step::past;
            if (html::is_block(n.tag()) || n.tag() == html::tag::br)
                out += '\n';
            return html::step::into;
        },
        [&](html::node n) {
            if (html::is_block(n.tag()))
                out += '\n';
        });
}

page_score scored(std::filesystem::path const& folder) {
    page_score score;
    score.name = folder.filename().string();
    score.held_out = is_held_out(score.name);
    auto const got = words_of(content_text(read(folder / "source.html")));
    auto const wanted = words_of(whole_text(read(folder / "expected.html")));
    std::vector<std::uint64_t> both;
    std::set_intersection(got.begin(), got.end(), wanted.begin(), wanted.end(), std::back_inserter(both));
    auto const share = [&](std::size_t of) {
        return of == 0 ? 0.0 : static_cast<double>(both.size()) / static_cast<double>(of);
    };
    score.precision = share(got.size());
    score.recall = share(wanted.size());
    if (!both.empty())
        score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
    return score;
}

std::vector<double> f1_of(std::vector<page_score> const& scores, bool design, bool held_out) {
    std::vector<double> values;
    for (auto const& s : scores)
        if (s.held_out ? held_out : design)
            values.push_back(s.f1);
    std::sort(values.begin(), values.end());
    return values;
}

}  // namespace

bool is_held_out(std::string const& name) {
    return (hashed(name) >> 7U) % 2 == 1;
}

std::filesystem::path score_pages() {
    return FETCHD_SOURCE_DIR "/../shared/corpora/readability/test-pages";
}

std::vector<std::uint64_t> words_of(std::string const& text) {
    std::vector<std::uint64_t> words;
    std::size_t start = 0;
    auto const end = [&](std::size_t at) {
        if (at > start)
            words.push_back(hashed(std::string_view(text).substr(start, at - start)));
    };
    for (std::size_t i = 0; i < text.size();) {
        auto const c =
            std::string_view(text).substr(i, length_of_character(static_cast<unsigned char>(text[i])));
        auto const k = kind_of(c);
        if (k != kind::letter) {
            end(i);
            start = i + c.size();
            if (k == kind::alone)
                words.push_back(hashed(c));
        }
        i += c.size();
    }
    end(text.size());
    std::sort(words.begin(), words.end());
    return words;
}

std::string content_text(std::string const& page) {
    auto const document = html::document::parse(page);
    std::string out;
    if (!document)
        return out;
    auto const found = find_article(*document);
    for (auto const part : found.parts)
        append_text(part, &found, out);
    return out;
}

std::string whole_text(std::string const& page) {
    auto const document = html::document::parse(page);
    std::string out;
    if (document)
        append_text(document->root(), nullptr, out);
    return out;
}

std::vector<page_score> score_all(std::filesystem::path const& pages) {
    std::vector<page_score> scores;
    for (auto const& entry : std::filesystem::directory_iterator(pages))
        scores.push_back(scored(entry.path()));
    std::sort(scores.begin(), scores.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return scores;
}

double mean_f1(std::vector<page_score> const& scores, bool design, bool held_out) {
    auto const values = f1_of(scores, design, held_out);
    double sum = 0;
    for (auto const value : values)
        sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double median_f1(std::vector<page_score> const& scores, bool design, bool held_out) {
    auto const values = f1_of(scores, design, held_out);
    return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace fetchd::tasks
