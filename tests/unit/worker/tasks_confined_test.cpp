// The libraries behind the media tasks in a process that may open nothing and start nothing, as in a worker.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "support/image_writer.hpp"
#include "support/pdf_writer.hpp"
#include "worker/sanitizers.hpp"
#include "worker/tasks/pdf_document.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

using test::pdf_file;
using test::pdf_stream;

// From here on these system calls end the process.
bool confine() {
    constexpr std::array forbidden = {SYS_open,       SYS_openat, SYS_openat2, SYS_stat,
                                      SYS_newfstatat, SYS_access, SYS_clone,   SYS_clone3,
                                      SYS_fork,       SYS_execve, SYS_socket,  SYS_readlink,
                                      SYS_mkdir,      SYS_unlink, SYS_getcwd,  SYS_getdents64};
    std::vector<sock_filter> program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (auto const number : forbidden) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    sock_fprog const filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// How a child process ends that runs the task on the body: 0 where the task succeeded.
int confined(std::string const& task, std::string const& body, std::vector<setting> settings = {}) {
    pdf::prepare();
    auto const child = ::fork();
    if (child == 0) {
        if (!confine())
            ::_exit(2);
        request r;
        r.names = {task};
        r.settings = std::move(settings);
        ::_exit(perform(standard(), r, body).has_value() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

// A page with text in a font of which nothing is embedded.
pdf_file with_font(std::string const& font, std::string const& shown, std::vector<std::string> more = {}) {
    pdf_file f;
    f.objects = {font};
    f.objects.insert(f.objects.end(), more.begin(), more.end());
    f.fonts = "/G 10 0 R";
    f.pages = {{"BT /G 12 Tf 72 600 Td " + shown + " Tj ET", {}, {}}};
    return f;
}

std::string descendant(std::string const& ordering) {
    return "<</Type/Font /Subtype/CIDFontType0 /BaseFont/HeiseiMin-W3 /CIDSystemInfo<</Registry(Adobe) "
           "/Ordering(" +
           ordering +
           ") /Supplement 2>> /FontDescriptor<</Type/FontDescriptor /FontName/HeiseiMin-W3 /Flags 4>>>>";
}

TEST(Confined, TheFilterOfTheseTestsKills) {
    auto const child = ::fork();
    if (child == 0)
        ::_exit(confine() ? ::access("/", 0) : 2);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(Confined, PdfsAreReadWithoutFiles) {
    if (worker::sanitized)
        GTEST_SKIP() << "sanitizers open files themselves";
    pdf_file plain;
    plain.info = "/CreationDate(D:20240229235959+05'30')";
    plain.pages = {{test::pdf_text_at(72, 700, "x"), {}, {}}};
    EXPECT_EQ(confined("pdf", plain.write()), 0);
    EXPECT_EQ(confined("pdf", plain.write_encrypted("")), 0);
    plain.how = pdf_file::form::broken;
    EXPECT_EQ(confined("pdf", plain.write()), 0);
    plain.how = pdf_file::form::compact;
    EXPECT_EQ(confined("pdf", plain.write()), 0);
}

TEST(Confined, FontsThatAreNotEmbeddedAreNotLookedFor) {
    if (worker::sanitized)
        GTEST_SKIP() << "sanitizers open files themselves";
    for (auto const* kind : {"Type1", "TrueType", "MMType1"})
        for (auto const* name : {"Helvetica", "Arial,Bold", "NoSuchFont", "ZapfDingbats"}) {
            auto const font = std::string("<</Type/Font /Subtype/") + kind + " /BaseFont/" + name + ">>";
            EXPECT_EQ(confined("pdf", with_font(font, "(abc)").write()), 0) << font;
        }
    EXPECT_EQ(
        confined("pdf", with_font("<</Type/Font /Subtype/Type3 /FontBBox[0 0 1 1] /FontMatrix[1 0 0 1 0 0] "
                                  "/Encoding<</Differences[97/a]>> /CharProcs<</a 11 0 R>>>>",
                                  "(aa)", {pdf_stream("", "1 0 d0 /G 1 Tf (a) Tj")})
                            .write()),
        0);
}

TEST(Confined, CharacterMapsOfTheSystemAreNotLookedFor) {
    if (worker::sanitized)
        GTEST_SKIP() << "sanitizers open files themselves";
    for (auto const* map :
         {"UniJIS-UCS2-H", "90ms-RKSJ-V", "GBK-EUC-H", "Identity-H", "NoSuchMap", "../../x"})
        for (auto const* ordering : {"Japan1", "GB1", "Identity", "NoSuchOrdering", "../x"}) {
            auto const font = std::string("<</Type/Font /Subtype/Type0 /BaseFont/HeiseiMin-W3 /Encoding/") +
                              map + " /DescendantFonts[11 0 R]>>";
            EXPECT_EQ(confined("pdf", with_font(font, "<65e5672c>", {descendant(ordering)}).write()), 0)
                << font;
        }
    auto const uses_another =
        pdf_stream("/Type/CMap /CMapName/X /UseCMap/90ms-RKSJ-H", "/90ms-RKSJ-H usecmap");
    EXPECT_EQ(confined("pdf", with_font("<</Type/Font /Subtype/Type0 /BaseFont/X /Encoding 12 0 R /ToUnicode "
                                        "/Identity-H /DescendantFonts[11 0 R]>>",
                                        "<65e5672c>", {descendant("Japan1"), uses_another})
                                  .write()),
              0);
}

TEST(Confined, ImagesAreDecodedAndWritten) {
    if (worker::sanitized)
        GTEST_SKIP() << "sanitizers open files themselves";
    auto const paint = [](unsigned x, unsigned y) {
        return test::colour{static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 0, 255};
    };
    auto const number = [](unsigned, unsigned) -> std::uint8_t { return 1; };
    for (auto const& file : {test::png(900, 700, paint), test::jpeg(900, 700, paint),
                             test::jpeg(900, 700, paint, {.progressive = true}), test::webp(900, 700, paint),
                             test::gif(90, 70, {{0, 0, 90, 70, number}}), test::bmp(90, 70, paint, 24)})
        for (auto const* format : {"webp", "jpeg", "png"})
            EXPECT_EQ(confined("thumbnail", file, {{"thumbnail", "format", format}}), 0) << format;
}

}  // namespace
}  // namespace fetchd::tasks
