// Selectors that are none: where they are wrong, and what was expected there.
#include <gtest/gtest.h>

#include "worker/tasks/css_selector.hpp"

namespace fetchd::css {
namespace {

struct row {
    std::string_view selector;
    std::string_view problem;
};

TEST(CssSelector, NamesThePositionOfWhatIsWrong) {
    for (auto const& [selector, expected] : std::initializer_list<row>{
             {"", "position 1: expected a selector"},
             {"/* a */ p /* b */ . /* c */ x", "position 20: expected a name after '.'"},
             {"  ", "position 3: expected a selector"},
             {"a,", "position 3: expected a selector"},
             {", a", "position 1: expected a selector"},
             {"a,,b", "position 3: expected a selector"},
             {"a >", "position 4: expected a selector"},
             {"a > > b", "position 5: expected a selector"},
             {"a ~+ b", "position 4: expected a selector"},
             {"price.", "position 7: expected a name after '.'"},
             {"\xC3\xA9\xE2\x82\xAC .", "position 5: expected a name after '.'"},
             {"..a", "position 2: expected a name after '.'"},
             {"#", "position 2: expected a name after '#'"},
             {"#1a",
              "position 2: expected a name after '#'; a digit in its first place is written \\31 and a "
              "space"},
             {"1a", "position 1: expected a selector"},
             {"a b!", "position 4: expected a combinator, ',' or the end"},
             {"a)", "position 2: expected a combinator, ',' or the end"},
             {"[x]a", "position 4: expected a combinator, ',' or the end"},
             {"a\"b\"", "position 2: expected a combinator, ',' or the end"},
             {"a{}", "position 2: expected a combinator, ',' or the end"},
             {"a**", "position 2: expected a combinator, ',' or the end"},
             {"[", "position 2: expected the name of an attribute after '['"},
             {"[5]", "position 2: expected the name of an attribute after '['"},
             {"[a", "position 3: expected '=', '~=', '|=', '^=', '$=', '*=' or ']'"},
             {"[a b]", "position 4: expected '=', '~=', '|=', '^=', '$=', '*=' or ']'"},
             {"[a~b]", "position 4: expected '='"},
             {"[a=]", "position 4: expected a name, or a text in quotes, after '='"},
             {"[a=5]", "position 4: expected a name, or a text in quotes, after '='"},
             {"[a='x]", "position 4: expected this text to end in the quotation mark it begins with"},
             {"[a='x\ny']", "position 4: expected this text to end in the quotation mark it begins with"},
             {"[a='x' q]", "position 8: expected ']', or 'i' or 's' for how case counts"},
             {"[a='x' i", "position 9: expected ']'"},
             {"[a='x' is]", "position 9: expected ']'"},
             {"[n|a]", "position 3: expected no '|': namespaces cannot be selected by"},
             {"[*|a]", "position 2: expected the name of an attribute: namespaces cannot be selected by"},
             {"svg|a", "position 4: expected no '|': namespaces cannot be selected by"},
             {"|a", "position 1: expected no '|': namespaces cannot be selected by"},
             {"*|a", "position 2: expected no '|': namespaces cannot be selected by"},
             {"a:", "position 3: expected the name of a pseudo-class after ':'"},
             {"a::text",
              "position 2: expected no pseudo-element: what is taken of an element is said by \"get\""},
             {"a::attr(href)",
              "position 2: expected no pseudo-element: what is taken of an element is said by \"get\""},
             {"a:before",
              "position 2: expected no pseudo-element: what is taken of an element is said by \"get\""},
             {"a:frist-child", "position 2: expected a pseudo-class that is known, not ':frist-child'"},
             {"a:nth-sibling(2)", "position 2: expected a pseudo-class that is known, not ':nth-sibling'"},
             {"a:not", "position 6: expected '(' after ':not'"},
             {"a:root()", "position 7: expected no '(' after ':root'"},
             {":not()", "position 6: expected a selector"},
             {":not(a", "position 7: expected ')'"},
             {":not(a b", "position 9: expected ')'"},
             {":not(a!)", "position 7: expected a combinator, ',' or ')'"},
             {":is(> a)", "position 5: expected a selector"},
             {":has(>)", "position 7: expected a selector"},
             {":nth-child()", "position 12: expected a number, 'odd', 'even' or An+B such as 2n+1"},
             {":nth-child(foo)", "position 12: expected a number, 'odd', 'even' or An+B such as 2n+1"},
             {":nth-child(2 n)", "position 14: expected 'of' or ')'"},
             {":nth-child(+ 2)", "position 12: expected a number, 'odd', 'even' or An+B such as 2n+1"},
             {":nth-child(2n+)", "position 12: expected a number, 'odd', 'even' or An+B such as 2n+1"},
             {":nth-child(3x)", "position 12: expected a number, 'odd', 'even' or An+B such as 2n+1"},
             {":nth-child(2 of)", "position 16: expected a selector"},
             {":nth-of-type(2 of a)", "position 16: expected ')'"},
             {":lang()", "position 7: expected a language, such as en or \"de-*\""},
             {":lang(en,)", "position 10: expected a language, such as en or \"de-*\""},
             {":contains()", "position 11: expected a text to look for"},
             {":contains(\"  \")", "position 11: expected a text to look for"},
             {":contains(a", "position 12: expected ')'"},
         }) {
        auto const compiled = compile(selector, true);
        ASSERT_FALSE(compiled) << selector;
        EXPECT_EQ(compiled.error().where, stage::process);
        EXPECT_EQ(compiled.error().what, code::bad_option);
        EXPECT_EQ(compiled.error().detail, expected) << selector;
    }
    EXPECT_EQ(compile("> a", false).error().detail, "position 1: expected a selector");
}

TEST(CssSelector, IsLimitedInLengthAndNesting) {
    EXPECT_TRUE(compile(std::string(max_selector_bytes, 'a'), false));
    EXPECT_EQ(compile(std::string(max_selector_bytes + 1, 'a'), false).error().detail,
              "expected at most 4096 bytes of selector");
    auto nested = [](std::size_t levels) {
        std::string text;
        for (std::size_t i = 0; i < levels; ++i)
            text += ":not(";
        return text + "a" + std::string(levels, ')');
    };
    EXPECT_TRUE(compile(nested(max_nesting), false));
    EXPECT_EQ(compile(nested(max_nesting + 1), false).error().detail,
              "position 46: expected parentheses nested at most 8 deep");
}

}  // namespace
}  // namespace fetchd::css
