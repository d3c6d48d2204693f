// One setting: its name, its meaning, and how its value is read, checked and printed.
//
// Binds to a field of a config object, or of another, that must outlive it. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.hpp"

namespace fetchd {

// A value as it was written, before it is known what it should be.
struct raw_value {
    enum class kind { untyped, integer, text, boolean, list, other };

    kind type = kind::untyped;
    std::string text;               // untyped, integer, text; boolean: true or false
    std::vector<std::string> list;  // list; an untyped value is split at commas instead

    static raw_value untyped(std::string value) { return {kind::untyped, std::move(value), {}}; }
};

struct setting {
    std::string section;
    std::string section_help;
    std::string name;  // "section.key"
    std::string help;
    bool is_live = false;
    // Both return "" when all is well, otherwise the rest of a sentence: " = 90: want 0..20".
    std::function<std::string(raw_value const&)> assign;
    std::function<std::string()> check;
    std::function<std::string()> print;        // as TOML
    std::function<void(setting const&)> copy;  // takes the value of the same setting of another config
    void const* field = nullptr;
};

class setting_list {
  public:
    std::vector<setting> all;

    void section(std::string name, std::string help);
    setting_list& live() {
        all.back().is_live = true;
        return *this;
    }

    setting_list& count(std::string key, std::size_t& field, std::size_t min, std::size_t max,
                        std::string help);
    setting_list& bytes(std::string key, std::size_t& field, std::size_t min, std::size_t max,
                        std::string help);
    setting_list& duration(std::string key, milliseconds& field, milliseconds min, milliseconds max,
                           std::string help);
    setting_list& text(std::string key, std::string& field, std::size_t min, std::size_t max,
                       std::string help);
    setting_list& flag(std::string key, bool& field, std::string help);
    setting_list& choice(std::string key, std::string& field, std::vector<std::string> words,
                         std::string help);
    setting_list& texts(std::string key, std::vector<std::string>& field, std::string help);
    setting_list& ports(std::string key, std::vector<std::uint16_t>& field, std::string help);

  private:
    template <class Field>
    setting& add(std::string key, Field& field, std::string help);

    std::string section_;
    std::string section_help_;
};

// The walk over every setting (settings.cpp); the order is the order of the file. "live": SIGHUP changes it.
std::vector<setting> settings_of(config&);

}  // namespace fetchd
