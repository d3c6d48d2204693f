#include "fetchctl/delivery.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace fs = std::filesystem;

std::optional<place> find_place(std::string const& save_to, bool several_files, std::string& problem) {
    if (save_to.empty() || save_to == "-")
        return place::standard_output;
    std::error_code ignored;
    auto const there = fs::status(save_to, ignored);
    bool const wants_folder = several_files || save_to.ends_with('/');
    if (fs::is_directory(there))
        return place::folder;
    if (!wants_folder)
        return place::file;
    if (fs::exists(there)) {
        problem = save_to + " is not a folder, and several documents need one (or --json for one file)";
        return std::nullopt;
    }
    std::error_code failed;
    fs::create_directories(save_to, failed);
    if (failed) {
        problem = "cannot make the folder " + save_to + ": " + failed.message();
        return std::nullopt;
    }
    return place::folder;
}

std::string path_in(std::string const& folder, std::string const& name) {
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

delivery::delivery(screen& on, print_options options, bool several)
    : screen_(on), options_(std::move(options)), several_(several) {}

bool delivery::open() {
    std::string problem;
    auto found = find_place(options_.save_to, several_ && !options_.json, problem);
    if (found)
        place_ = *found;
    if (found == place::file)
        file_ = output_file::create(options_.save_to, problem);
    if (!problem.empty())
        screen_.error(problem);
    return problem.empty();
}

std::string delivery::text_of(std::string const& subject, fetchd::document const& d) const {
    std::string text;
    bool const painted = place_ == place::standard_output && screen_.out_has_colour();
    bool const escaped = place_ == place::standard_output && screen_.out_is_terminal();
    if (options_.details) {
        text += details(d, palette{painted}) + "\n";
    } else if (several_ && place_ == place::standard_output) {
        text += palette{painted}.strong("==> " + printable(subject) + " <==") + "\n";
    }
    auto const outputs = output_text(d, options_.outputs);
    return text + (escaped ? printable(outputs, line_ends::keep) : outputs);
}

exit_code delivery::accept(std::string const& subject, fetchd::answer<fetchd::document> const& a) {
    if (a)
        return put(subject, *a);
    auto const& e = a.error();
    auto code = code_for(e);
    if (code != exit_code::interrupted)
        screen_.error(error_line(e.what == fetchd::trouble::unreachable ? "" : subject, e));
    if (options_.json && (e.result || code == exit_code::failed || code == exit_code::refused))
        code = worse(code, put_json(subject, e.result ? e.result->json : failed_document(subject, e)));
    else if (options_.details && e.result && place_ == place::standard_output)
        put_text(subject, *e.result);
    return code;
}

exit_code delivery::put(std::string const& subject, fetchd::document const& d) {
    auto code = exit_code::ok;
    if (d.status >= 400) {
        auto const line = printable(subject) + ": the origin answered " + std::to_string(d.status);
        if (options_.fail) {
            screen_.error(line);
            code = exit_code::failed;
        } else {
            screen_.note(line);
        }
    }
    if (options_.json)
        return worse(code, put_json(subject, d.json));
    if (code != exit_code::ok)
        return code;
    if (auto missing = missing_output(d, options_.outputs); !missing.empty()) {
        screen_.error(printable(subject) + ": the answer holds no " + printable(missing));
        code = exit_code::failed;
    }
    return worse(code, put_text(subject, d));
}

exit_code delivery::put_json(std::string const& subject, std::string const& line) {
    if (place_ == place::folder)
        return to_folder(subject, "json", line + "\n");
    if (place_ == place::file)
        return to_file(line + "\n");
    return screen_.out(line + "\n") ? exit_code::ok : screen_.lost();
}

exit_code delivery::put_text(std::string const& subject, fetchd::document const& d) {
    auto const text = text_of(subject, d);
    if (place_ == place::folder) {
        auto const& named = options_.outputs;
        auto const chosen = d.outputs.empty() ? std::string("markdown") : d.outputs.front().name;
        return to_folder(subject, extension_for(named.empty() ? chosen : named.front()), text);
    }
    if (place_ == place::file)
        return to_file(text);
    bool const gap = several_ && !first_;
    first_ = false;
    return screen_.out_painted(gap ? "\n" + text : text) ? exit_code::ok : screen_.lost();
}

exit_code delivery::to_file(std::string const& text) {
    std::string problem;
    if (file_ && file_->write(text, problem))
        return exit_code::ok;
    file_.reset();
    if (!problem.empty())
        screen_.error(problem);
    return exit_code::failed;
}

exit_code delivery::to_folder(std::string const& subject, std::string_view extension,
                              std::string const& text) {
    std::string problem;
    auto const path = path_in(options_.save_to, names_.claim(subject, extension));
    if (write_file(path, text, problem)) {
        screen_.note(printable(subject) + " -> " + path);
        return exit_code::ok;
    }
    screen_.error(problem);
    return exit_code::failed;
}

exit_code delivery::finish(bool whole) {
    std::string problem;
    if (!file_ || !whole || file_->commit(problem))
        return exit_code::ok;
    screen_.error(problem);
    return exit_code::failed;
}

}  // namespace fetchctl
