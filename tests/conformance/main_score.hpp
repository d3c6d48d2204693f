// How much of a page's article is found, and how much else: the words of the content beside those of the
// content that is expected.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fetchd::tasks {

struct page_score {
    std::string name;
    bool held_out = false;  // not looked at while the rules were made
    double precision = 0;
    double recall = 0;
    double f1 = 0;
};

// Of how many pages that are expected to say a thing it is found, letter for letter but for whitespace.
struct head_score {
    std::string member;  // of the JSON of the task main
    std::size_t expected = 0;
    std::size_t same = 0;
    std::size_t near = 0;     // one within the other, as letters and digits
    std::size_t unasked = 0;  // found where nothing is expected
};

// Whether a page of this name belongs to the half that is not looked at while the rules are made.
bool is_held_out(std::string const& name);

// The folder of the pages: one folder each with source.html and expected.html.
std::filesystem::path score_pages();

// All pages of the folder, by name.
std::vector<page_score> score_all(std::filesystem::path const& pages);

// Title, byline and so on. Prints what differs where `differences`, but nothing of pages held out.
std::vector<head_score> score_heads(std::filesystem::path const& pages, bool differences);

double mean_f1(std::vector<page_score> const&, bool design, bool held_out);
double median_f1(std::vector<page_score> const&, bool design, bool held_out);

// The words in a text: runs of letters and digits, each Chinese or Japanese character by itself; as numbers,
// sorted.
std::vector<std::uint64_t> words_of(std::string const& text);

// The visible text of the content found in a page.
std::string content_text(std::string const& page);
std::string whole_text(std::string const& page);

}  // namespace fetchd::tasks
