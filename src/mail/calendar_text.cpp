// SPDX-License-Identifier: Apache-2.0
#include "calendar_text.hpp"

#include "mailkeep/base/text.hpp"

#include "header.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailkeep::mail {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> shown_properties{{
    {"SUMMARY", "Summary: "},
    {"DTSTART", "Start: "},
    {"DTEND", "End: "},
    {"DUE", "Due: "},
    {"LOCATION", "Location: "},
    {"ORGANIZER", "Organizer: "},
    {"ATTENDEE", "Attendee: "},
    {"DESCRIPTION", ""},
}};

/// contentline = name *(";" param) ":" value (section 3.1)
struct ContentLine {
    std::string_view name;
    std::string_view parameters;
    std::string_view value;
};

/// A ":" within quotes belongs to a parameter.
ContentLine content_line_of(std::string_view line) {
    bool is_quoted = false;
    std::size_t colon = 0;
    for (; colon < line.size() && (is_quoted || line[colon] != ':'); ++colon) {
        is_quoted ^= line[colon] == '"';
    }
    const auto head = line.substr(0, colon);
    const auto semicolon = std::min(head.size(), head.find(';'));
    return {.name = head.substr(0, semicolon),
            .parameters = head.substr(semicolon),
            .value = line.substr(std::min(line.size(), colon + 1))};
}

/// ";NAME=value" or ";NAME="value""
std::string_view parameter_of(const ContentLine& line, std::string_view key) {
    const auto at = line.parameters.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto value = line.parameters.substr(at + key.size());
    return value.starts_with('"') ? value.substr(1, value.find('"', 1) - 1)
                                  : value.substr(0, value.find(';'));
}

/// TEXT (section 3.3.11)
std::string unescaped(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            text += value[i];
            continue;
        }
        ++i;
        text += value[i] == 'n' || value[i] == 'N' ? '\n' : value[i];
    }
    return text;
}

/// DATE or DATE-TIME (sections 3.3.4, 3.3.5): 20260102 or 20260102T030405Z; anything else as it is.
std::string moment_of(const ContentLine& line) {
    constexpr std::string_view form = "########T######";
    const auto value = line.value.substr(0, form.size());
    const bool is_date = value.size() >= form.find('T') &&
                         std::equal(value.begin(), value.end(), form.begin(), [](char c, char of) {
                             return of == '#' ? c >= '0' && c <= '9' : c == of;
                         });
    if (!is_date) {
        return std::string(line.value);
    }
    auto text = std::string(value.substr(0, 4)) + "-" + std::string(value.substr(4, 2)) + "-" +
                std::string(value.substr(6, 2));
    if (value.size() == form.size()) {
        text += " " + std::string(value.substr(9, 2)) + ":" + std::string(value.substr(11, 2));
    }
    const auto zone = line.value.ends_with('Z') ? "UTC" : parameter_of(line, ";TZID=");
    return zone.empty() ? text : text + " " + std::string(zone);
}

std::string person_of(const ContentLine& line) {
    constexpr std::string_view scheme = "mailto:";
    auto where = line.value;
    if (to_lower_ascii(where.substr(0, scheme.size())) == scheme) {
        where.remove_prefix(scheme.size());
    }
    const auto name = parameter_of(line, ";CN=");
    return name.empty() ? std::string(where) : std::string(name) + " <" + std::string(where) + ">";
}

std::string shown_value(const ContentLine& line) {
    if (line.name.starts_with('D') && line.name != "DESCRIPTION") {
        return moment_of(line);
    }
    return line.name == "ORGANIZER" || line.name == "ATTENDEE" ? person_of(line)
                                                               : unescaped(line.value);
}

bool is_entry(std::string_view component) {
    return component == "VEVENT" || component == "VTODO" || component == "VJOURNAL";
}

class CalendarReader {
  public:
    void read(std::string_view line) {
        const auto property = content_line_of(line);
        if (property.name == "BEGIN" && (depth_ > 0 || is_entry(property.value))) {
            ++depth_;
        } else if (property.name == "END" && depth_ > 0) {
            --depth_;
        }
        const auto* const shown =
            std::find_if(shown_properties.begin(), shown_properties.end(),
                         [&](const auto& entry) { return entry.first == property.name; });
        if (depth_ == 1 && shown != shown_properties.end()) {
            text_ += std::string(shown->second) + shown_value(property) + "\n";
        }
    }

    [[nodiscard]] std::string take_text() { return std::move(text_); }

  private:
    int depth_ = 0;  ///< of components, counted from an entry; alarms within it are not shown
    std::string text_;
};

}  // namespace

std::string unfold_calendar(std::string_view octets) {
    std::string unfolded;
    while (!octets.empty()) {
        unfolded += take_line(octets);
        const bool is_folded = octets.starts_with(' ') || octets.starts_with('\t');
        octets.remove_prefix(is_folded ? 1 : 0);
        unfolded += is_folded ? "" : "\n";
    }
    return unfolded;
}

std::string calendar_to_text(std::string_view unfolded) {
    CalendarReader reader;
    while (!unfolded.empty()) {
        reader.read(take_line(unfolded));
    }
    return reader.take_text();
}

}  // namespace mailkeep::mail
