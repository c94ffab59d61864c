// SPDX-License-Identifier: Apache-2.0
// The only file that knows toml++.
#include "config_file.hpp"

#include "mailkeep/base/error.hpp"

#include <toml++/toml.h>

namespace mailkeep::app {

std::map<std::string, std::string> read_config_file(const std::filesystem::path& path) {
    const auto place = [&](const toml::source_region& source) {
        return path.string() + ":" + std::to_string(source.begin.line);
    };
    try {
        const auto table = toml::parse_file(path.string());
        std::map<std::string, std::string> values;
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            if (const auto* text = node.as_string()) {
                values[name] = text->get();
            } else if (const auto* number = node.as_integer()) {
                values[name] = std::to_string(number->get());
            } else if (const auto* truth = node.as_boolean()) {
                values[name] = truth->get() ? "true" : "false";
            } else {
                throw Error(Errc::invalid, place(node.source()) + ": " + name +
                                               " wants a text, a whole number, true or false");
            }
        }
        return values;
    } catch (const toml::parse_error& error) {
        throw Error(Errc::invalid, place(error.source()) + ": " + std::string(error.description()));
    }
}

}  // namespace mailkeep::app
