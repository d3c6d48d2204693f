#include "worker/tasks/xml_events.hpp"

#include <gtest/gtest.h>

#include "worker/tasks/xml_mended.hpp"

namespace fetchd::xml {
namespace {

using namespace std::string_literals;

// What comes, in one line: "<a x=1>text</a>".
class recorder final : public handler {
  public:
    bool start(element_name name, attributes const& with) override {
        seen += "<" + std::string(name.local);
        for (std::size_t i = 0; i < with.size(); ++i)
            seen += " " + std::string(with.name(i)) + "=" + std::string(with.value(i));
        seen += ">";
        deepest = std::max(deepest, ++depth);
        vocabularies.push_back(name.in);
        return name.local != stop_at;
    }
    void text(std::string_view piece) override { seen += piece; }
    void end(element_name name) override {
        seen += "</" + std::string(name.local) + ">";
        --depth;
    }

    std::string seen;
    std::string stop_at;
    std::vector<vocabulary> vocabularies;
    std::size_t depth = 0;
    std::size_t deepest = 0;
};

std::string seen(std::string_view text) {
    recorder to;
    EXPECT_TRUE(read(text, to).has_value());
    EXPECT_EQ(to.depth, 0U);
    return to.seen;
}

std::string mended_copy(std::string_view text) {
    std::string storage;
    return std::string(mended(text, storage));
}

TEST(XmlMended, LeavesWellFormedXmlAlone) {
    std::string_view const text = "<a b='&#65;&#x42;'>&#38;<![CDATA[ & < = ]]></a>";
    std::string storage;
    EXPECT_EQ(mended(text, storage).data(), text.data());
    EXPECT_EQ(mended(text, storage), text);
}

TEST(XmlMended, MakesStrayMarksText) {
    EXPECT_EQ(mended_copy("<a>Q&A & B&; &unknown; 1 < 2 &#; &#xZ; &</a>"),
              "<a>Q&#38;A &#38; B&#38;; &#38;unknown; 1 &#60; 2 &#38;#; &#38;#xZ; &#38;</a>");
}

TEST(XmlMended, KnowsHtmlsCharacters) {
    EXPECT_EQ(mended_copy("<a b='&quot;'>&amp;&lt;&gt;&apos;</a>"), "<a b='&#34;'>&#38;&#60;&#62;&#39;</a>");
    EXPECT_EQ(mended_copy("<a>&nbsp;&euro;&eacute;&diams;</a>"), "<a>\u00a0\u20ac\u00e9\u2666</a>");
    EXPECT_EQ(mended_copy("<a>&#X41;&#X26;</a>"), "<a>A&#38;</a>");
}

TEST(XmlMended, ReplacesCharactersThatXmlForbids) {
    EXPECT_EQ(mended_copy("<a>\0\x01\x1f\xEF\xBF\xBF<![CDATA[\x02&]]></a>"s),
              "<a>   \xEF\xBF\xBD<![CDATA[ &]]></a>");
    EXPECT_EQ(mended_copy("<a>&#0;&#xFFFF;&#xD800;&#x110000;</a>"),
              "<a>\uFFFD\uFFFD\uFFFD&#38;#x110000;</a>");
}

TEST(XmlMended, BeginsWithTheFirstElement) {
    EXPECT_EQ(mended_copy(" \n junk </x> < <a/>"), "<a/>");
    EXPECT_EQ(mended_copy("no tag"), "");
    EXPECT_EQ(mended_copy("<"), "");
    EXPECT_EQ(mended_copy("<?xml version='1.0'?><!-- <x> --><?p <y>?>"
                          "<!DOCTYPE a [<!ENTITY e '<b>]>'><!-- it's ] --> <!ELEMENT a ANY>]><a/>"),
              "<a/>");
    EXPECT_EQ(mended_copy("<?xml version='1.0'><a/>"), "<a/>");
    EXPECT_EQ(mended_copy("<!DOCTYPE a [<a/>"), "");
    EXPECT_EQ(mended_copy("<!DOCTYPE a '><a/>"), "<a/>");
    EXPECT_EQ(mended_copy("<!DOCTYPE a><!DOCTYPE b><a/>"), "<a/>");
    EXPECT_EQ(mended_copy("<a><!DOCTYPE b><? x?></a>"), "<a>&#60;!DOCTYPE b>&#60;? x?></a>");
}

TEST(XmlMended, CommentsAndInstructionsAreLeftOut) {
    EXPECT_EQ(mended_copy("<a>1<!-- <b> -- & -->2<?p <b>?>3<!-- no end"), "<a>123");
    EXPECT_EQ(mended_copy("<a><!-->&<-->&</a>"), "<a>&#38;</a>");
    EXPECT_EQ(mended_copy("<a><?p>&<?>&</a>"), "<a>&#38;</a>");
    EXPECT_EQ(mended_copy("<a><![CDATA[]]>&</a>"), "<a><![CDATA[]]>&#38;</a>");
}

TEST(XmlEvents, GivesElementsTextAndCdata) {
    EXPECT_EQ(
        seen("<?xml version='1.0' encoding='iso-8859-1'?><a x='1 &amp; 2'>\u00e9<b/><![CDATA[<c>]]></a>"),
        "<a x=1 & 2>\u00e9<b></b><c></a>");
}

TEST(XmlEvents, EndTagsCloseTheNearestOfTheirName) {
    EXPECT_EQ(seen("<a><d>x<br>y</d><d>z</d></a>"), "<a><d>x<br>y</br></d><d>z</d></a>");
    EXPECT_EQ(seen("<a><d>x</b>y</d></a>"), "<a><d>xy</d></a>");
    EXPECT_EQ(seen("<a xmlns:p='q'><p:d>x<p:e></p:d></a>"), "<a><d>x<e></e></d></a>");
    EXPECT_EQ(seen("<a><b>cut"), "<a><b>cut</b></a>");
}

TEST(XmlEvents, KeepsReferencesAfterAMistake) {
    EXPECT_EQ(seen("<a><b></c>1 &lt; 2 &amp; 3<d e='&amp;'/></a>"), "<a><b>1 < 2 & 3<d e=&></d></b></a>");
}

TEST(XmlEvents, ExpandsNothingADocumentDeclares) {
    EXPECT_EQ(seen("<!DOCTYPE a [<!ENTITY x 'boom'><!ENTITY y SYSTEM 'file:///etc/passwd'>"
                   "<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;"
                   "<!ATTLIST a b CDATA 'default'>]><a>&x;&y;</a>"),
              "<a>&x;&y;</a>");
    EXPECT_EQ(seen("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"), "<a></a>");
}

TEST(XmlEvents, KnowsVocabulariesByAddressAndByUsualPrefix) {
    recorder to;
    ASSERT_TRUE(
        read("<f xmlns='http://www.w3.org/2005/Atom' xmlns:x='http://purl.org/dc/elements/1.1/' "
             "xmlns:dc='urn:mine' xmlns:z='urn:z'><x:creator/><media:thumbnail/><dc:x/><z:x/></f>",
             to));
    EXPECT_EQ(to.vocabularies, (std::vector{vocabulary::atom, vocabulary::dc, vocabulary::media,
                                            vocabulary::dc, vocabulary::other}));
}

TEST(XmlEvents, EndsWhereTheHandlerHasEnough) {
    recorder to;
    to.stop_at = "b";
    ASSERT_TRUE(read("<a><b>x</b><c/></a>", to));
    EXPECT_EQ(to.seen, "<a><b>");
}

TEST(XmlEvents, LeavesOutWhatIsNestedTooDeeply) {
    recorder to;
    ASSERT_TRUE(read("<a><b><c>x</c>y</b></a>", to, {.depth = 2}));
    EXPECT_EQ(to.seen, "<a><b>y</b></a>");

    std::string deep;
    for (int i = 0; i < 1'000'000; ++i)
        deep += "<d>";
    recorder of_deep;
    ASSERT_TRUE(read(deep, of_deep));
    EXPECT_EQ(of_deep.deepest, 256U);
    EXPECT_EQ(of_deep.depth, 0U);
}

TEST(XmlEvents, AttributesOfATagAreLimited) {
    auto const tag = [](int attributes) {
        std::string text = "<a";
        for (int i = 0; i < attributes; ++i)
            text += " b" + std::to_string(i) + "='>'";
        return text + ">==</a>";
    };
    class counter final : public handler {
      public:
        bool start(element_name, attributes const& with) override {
            most = with.size();
            return true;
        }
        void text(std::string_view piece) override { said += piece; }
        void end(element_name) override {}
        std::size_t most = 0;
        std::string said;
    };
    counter few;
    ASSERT_TRUE(read(tag(250), few));
    EXPECT_EQ(few.most, 250U);
    EXPECT_EQ(few.said, "==");
    counter many;
    ASSERT_TRUE(read(tag(300'000), many));
    EXPECT_EQ(many.most, 250U);
}

TEST(XmlEvents, NamespacesAreLimited) {
    // Each stays declared: to the parser none of the elements ever ends.
    auto const open = [](int elements) {
        std::string text = "<a>";
        for (int i = 0; i < elements; ++i)
            text += "<b xmlns:p" + std::to_string(i) + "='u'><c></b>";
        return text + "<end/>";
    };
    EXPECT_NE(seen(open(400)).find("<end>"), std::string::npos);
    EXPECT_EQ(seen(open(1000)).find("<end>"), std::string::npos);
}

TEST(XmlEvents, IsLinearInStrayEndTagsAndEntities) {
    std::string text = "<a>";
    for (int i = 0; i < 300'000; ++i)
        text += "<b>&x;</c>&nbsp;";
    recorder to;
    ASSERT_TRUE(read(text, to));
    EXPECT_GT(to.seen.size(), 300'000U);
}

}  // namespace
}  // namespace fetchd::xml
