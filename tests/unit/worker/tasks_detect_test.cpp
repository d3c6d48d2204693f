// What nobody says the encoding of.
#include <gtest/gtest.h>

#include <map>

#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd {
namespace {

std::string decoded(std::string_view bytes, std::string_view name) {
    std::string storage;
    return std::string(charset::to_utf8(bytes, name, storage));
}

// Every character of an encoding with its bytes, one or two, found out by decoding them.
std::map<std::string, std::string> alphabet(std::string_view name) {
    std::map<std::string, std::string> bytes_of;
    auto const note = [&](std::string const& bytes) {
        auto const text = decoded(bytes, name);
        auto const lead = static_cast<unsigned char>(text[0]);
        std::size_t const length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (text.size() == length && text != "\uFFFD")
            bytes_of.emplace(text, bytes);
    };
    for (unsigned a = 0; a < 256; ++a)
        note(std::string(1, static_cast<char>(a)));
    if (bytes_of.size() > 200)
        return bytes_of;  // of single bytes
    for (unsigned a = 0x81; a < 256; ++a)
        for (unsigned b = 0x40; b < 256; ++b)
            note({static_cast<char>(a), static_cast<char>(b)});
    return bytes_of;
}

std::string encoded(std::string_view text, std::string_view name) {
    auto const bytes_of = alphabet(name);
    std::string out;
    while (!text.empty()) {
        std::size_t length = 1;
        while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80)
            ++length;
        out += bytes_of.at(std::string(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return out;
}

std::string chosen(std::string_view body) {
    auto const c = charset::choose(body, "", charset::markup::html);
    return std::string(c.name) + " " + std::string(c.source);
}

constexpr std::string_view german =
    "Die Fähre über den Fluß fährt täglich außer montags. Wer größeres Gepäck mitführt, möge früher kommen; "
    "für Fahrräder gibt es Plätze am Heck. Bei stürmischem Wetter fällt die Überfahrt aus.";
constexpr std::string_view russian =
    "Паром через реку ходит каждый день, кроме понедельника. Пассажиров с большим багажом просят приходить "
    "заранее, велосипеды можно оставить на корме. В шторм переправа закрыта.";
constexpr std::string_view ukrainian =
    "Пором через річку ходить щодня, крім понеділка. Пасажирів із великим багажем просимо приходити раніше, "
    "велосипеди можна лишити на кормі. Під час шторму переправа зачинена, її відчиняють уранці.";
constexpr std::string_view polish =
    "Prom przez rzekę kursuje codziennie oprócz poniedziałku. Pasażerów z większym bagażem prosimy o "
    "wcześniejsze przybycie; miejsca na rowery są na rufie. Podczas sztormu przeprawa będzie zamknięta, "
    "„może "
    "też później”.";
constexpr std::string_view greek =
    "Το πορθμείο περνά το ποτάμι κάθε μέρα εκτός από τη Δευτέρα. Οι επιβάτες με μεγάλες αποσκευές "
    "παρακαλούνται να έρχονται νωρίτερα. Όταν έχει θύελλα το πέρασμα είναι κλειστό.";
constexpr std::string_view turkish =
    "Nehri geçen vapur pazartesi dışında her gün çalışır. Büyük eşyası olan yolcuların erken gelmesi rica "
    "olunur; bisikletler için kıçta yer vardır. Fırtınalı havalarda geçiş yapılmaz, iskele kapalıdır.";
constexpr std::string_view hebrew =
    "המעבורת חוצה את הנהר בכל יום מלבד יום שני. נוסעים עם מטען גדול מתבקשים להגיע מוקדם יותר. בזמן סערה "
    "המעבר סגור והכרטיסים תקפים גם ליום הבא.";
constexpr std::string_view arabic =
    "تعبر العبارة النهر كل يوم ما عدا يوم الاثنين. يرجى من المسافرين الذين يحملون أمتعة كبيرة الحضور مبكرا. "
    "في "
    "حالة العاصفة يغلق المعبر وتبقى التذاكر صالحة في اليوم التالي.";
constexpr std::string_view thai =
    "เรือข้ามฟากให้บริการทุกวันยกเว้นวันจันทร์ ผู้โดยสารที่มีสัมภาระขนาดใหญ่กรุณามาก่อนเวลา "
    "ในช่วงที่มีพายุท่าเรือจะปิดและตั๋วยังใช้ได้ในวันถัดไป";
constexpr std::string_view japanese =
    "渡し船は月曜日を除いて毎日運航しています。大きな荷物をお持ちのお客様は早めにお越しください。自転車は船尾"
    "に"
    "置くことができます。嵐の日は欠航となりますが、切符は翌日も使えます。";
constexpr std::string_view korean =
    "나룻배는 월요일을 제외하고 매일 운항합니다. 큰 짐을 가지고 계신 손님은 일찍 와 주시기 바랍니다. 폭풍이 "
    "부는 "
    "날에는 운항하지 않으며 표는 다음 날에도 사용할 수 있습니다.";
constexpr std::string_view simplified =
    "渡船除星期一外每天运行。携带大件行李的旅客请提前到达，自行车可以放在船尾。遇到暴风雨时渡口关闭，船票第二"
    "天"
    "仍然有效。如果您有问题，请到码头办公室询问工作人员。";
constexpr std::string_view traditional =
    "渡船除星期一外每天運行。攜帶大件行李的旅客請提前到達，自行車可以放在船尾。遇到暴風雨時渡口關閉，船票第二"
    "天"
    "仍然有效。如果您有問題，請到碼頭辦公室詢問工作人員。";

TEST(CharsetGuess, ReadsWhatItWasWrittenIn) {
    struct {
        std::string_view text, name;
    } const rows[] = {{german, "windows-1252"},  {russian, "windows-1251"}, {russian, "koi8-r"},
                      {russian, "iso-8859-5"},   {russian, "ibm866"},       {ukrainian, "windows-1251"},
                      {ukrainian, "koi8-u"},     {polish, "windows-1250"},  {greek, "windows-1253"},
                      {turkish, "windows-1254"}, {hebrew, "windows-1255"},  {arabic, "windows-1256"},
                      {thai, "windows-874"},     {japanese, "shift_jis"},   {japanese, "euc-jp"},
                      {korean, "euc-kr"},        {simplified, "gb18030"},   {traditional, "big5"}};
    for (auto const& row : rows) {
        auto const page = "<!doctype html><title>1</title><p>" + encoded(row.text, row.name) + "</p>";
        auto const c = charset::choose(page, "", charset::markup::html);
        EXPECT_EQ(c.source, "detected") << row.name;
        // Another name will do, where the letters are the same.
        EXPECT_EQ(decoded(page, c.name), decoded(page, row.name)) << row.name << " read as " << c.name;
    }
}

TEST(CharsetGuess, FindsTheTextBehindALongHead) {
    auto const page = std::string(300'000, ' ') + encoded(russian, "koi8-r");
    EXPECT_EQ(chosen(page), "koi8-r detected");
}

TEST(CharsetGuess, DoesNotTrustAFewLetters) {
    auto const word = encoded("плотина ", "koi8-r");  // seven letters
    EXPECT_EQ(chosen(word), "windows-1252 default");
    EXPECT_EQ(charset::guessed(word + word + word.substr(0, 1)), "");
    EXPECT_NE(charset::guessed(word + word + word.substr(0, 2)), "");
}

TEST(CharsetGuess, ValidUtf8IsNeverGuessedAt) {
    for (auto text : {german, russian, thai, japanese})
        EXPECT_EQ(chosen(text), "utf-8 detected");
    EXPECT_EQ(chosen(""), "utf-8 detected");
    EXPECT_EQ(chosen("plain"), "utf-8 detected");
}

TEST(CharsetGuess, KnowsUtf8WithAFault) {
    for (auto text : {german, russian, thai, japanese}) {
        auto const cut =
            text.substr(0, text.rfind(text == german ? "Ü" : text.substr(text.size() - 4, 3)) + 1);
        EXPECT_EQ(charset::guessed(cut), "utf-8");
    }
    EXPECT_EQ(charset::guessed(std::string(russian) + "\xFF"), "utf-8");
    EXPECT_EQ(chosen("\u00E4\xE2\x82"), "utf-8 detected");
    EXPECT_EQ(chosen("caf\xE9"), "windows-1252 default");
}

TEST(CharsetGuess, OneFaultInSixteenCharactersIsTheMost) {
    std::string good;
    for (int i = 0; i < 16; ++i)
        good += "ä.";
    EXPECT_EQ(charset::guessed(good + "\xFF."), "utf-8");
    EXPECT_NE(charset::guessed(good.substr(3) + "\xFF."), "utf-8");
}

TEST(CharsetGuess, MakesNothingOfNoise) {
    std::string noise;
    for (unsigned seed = 1, i = 0; i < 100'000; ++i) {
        seed = seed * 1664525 + 1013904223;
        noise += static_cast<char>(seed >> 24U);
    }
    EXPECT_EQ(chosen(noise), "windows-1252 default");
}

}  // namespace
}  // namespace fetchd
