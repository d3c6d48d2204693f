// Brings finished documents to where they belong: standard output, one file, or a folder of files.
//
// Main thread only. Documents come in the order of the command line.
#pragma once

#include <optional>
#include <string>

#include "fetchctl/file_name.hpp"
#include "fetchctl/output_file.hpp"
#include "fetchctl/screen.hpp"
#include "fetchctl/settings.hpp"
#include "fetchctl/show.hpp"

namespace fetchctl {

// What `-o` names. A folder is made when several documents need one.
enum class place { standard_output, file, folder };
std::optional<place> find_place(std::string const& save_to, bool several_files, std::string& problem);

std::string path_in(std::string const& folder, std::string const& name);

class delivery {
  public:
    delivery(screen&, print_options, bool several);

    // False where -o cannot be used; says so.
    bool open();

    // Prints or writes the document, or the error; the exit code for this one.
    exit_code accept(std::string const& subject, fetchd::answer<fetchd::document> const&);

    // Puts the one file in its place. With `whole` false it never appears.
    exit_code finish(bool whole);

  private:
    std::string text_of(std::string const& subject, fetchd::document const&) const;
    exit_code put(std::string const& subject, fetchd::document const&);
    exit_code put_json(std::string const& subject, std::string const& line);
    exit_code put_text(std::string const& subject, fetchd::document const& d);
    exit_code to_file(std::string const& text);
    exit_code to_folder(std::string const& subject, std::string_view extension, std::string const& text);

    screen& screen_;
    print_options options_;
    bool several_;
    bool first_ = true;
    place place_ = place::standard_output;
    std::optional<output_file> file_;
    taken_names names_;
};

}  // namespace fetchctl
