#include "fetchctl/output_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fetchctl {
namespace {

namespace fs = std::filesystem;

class OutputFile : public testing::Test {
  protected:
    OutputFile() {
        std::string name = (fs::temp_directory_path() / "output-file-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~OutputFile() override { fs::remove_all(folder); }

    std::string path(std::string const& name) const { return folder + "/" + name; }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }
    static std::string content(std::string const& file) {
        std::ostringstream bytes;
        bytes << std::ifstream(file).rdbuf();
        return bytes.str();
    }
    void put(std::string const& file, std::string const& bytes) { std::ofstream(file) << bytes; }

    std::string folder;
    std::string problem;
};

TEST_F(OutputFile, AppearsOnlyWithCommit) {
    auto file = output_file::create(path("a"), problem);
    ASSERT_TRUE(file) << problem;
    ASSERT_TRUE(file->write("whole", problem));
    EXPECT_FALSE(fs::exists(path("a")));
    ASSERT_TRUE(file->commit(problem)) << problem;
    EXPECT_EQ(content(path("a")), "whole");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(OutputFile, WithoutCommitNothingChanges) {
    put(path("a"), "old");
    {
        auto file = output_file::create(path("a"), problem);
        ASSERT_TRUE(file && file->write("half", problem));
    }
    EXPECT_EQ(content(path("a")), "old");
    EXPECT_EQ(entries(), 1u);
}

TEST_F(OutputFile, KeepsModeAndLink) {
    put(path("real"), "old");
    ::chmod(path("real").c_str(), 0640);
    fs::create_symlink("real", path("link"));
    ASSERT_TRUE(write_file(path("link"), "new", problem)) << problem;
    EXPECT_TRUE(fs::is_symlink(path("link")));
    EXPECT_EQ(content(path("real")), "new");
    EXPECT_EQ(fs::status(path("real")).permissions(), fs::perms(0640));
}

TEST_F(OutputFile, WhatWasWrittenCanBeTakenBack) {
    auto file = output_file::create(path("a"), problem);
    ASSERT_TRUE(file && file->write("a long beginning", problem));
    ASSERT_TRUE(file->rewind());
    ASSERT_TRUE(file->write("again", problem) && file->commit(problem)) << problem;
    EXPECT_EQ(content(path("a")), "again");
    auto device = output_file::create("/dev/null", problem);
    ASSERT_TRUE(device && device->write("gone", problem));
    EXPECT_FALSE(device->rewind());
}

TEST_F(OutputFile, DevicesAreWrittenNotReplaced) {
    ASSERT_TRUE(write_file("/dev/null", "gone", problem)) << problem;
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFile, FailuresNameTheFile) {
    EXPECT_FALSE(write_file(path("no/such/folder"), "x", problem));
    EXPECT_NE(problem.find("no/such/folder: No such file"), std::string::npos) << problem;
    problem.clear();
    EXPECT_FALSE(write_file(folder, "x", problem));
    EXPECT_NE(problem.find("it is a folder"), std::string::npos) << problem;
    problem.clear();
    EXPECT_FALSE(write_file("/dev/full", "x", problem));
    EXPECT_NE(problem.find("No space left"), std::string::npos) << problem;
}

}  // namespace
}  // namespace fetchctl
