// SPDX-License-Identifier: Apache-2.0
#include "inner_files.hpp"

#include "mailkeep/base/text.hpp"

#include "header.hpp"
#include "protection.hpp"
#include "signed_data.hpp"
#include "text_files.hpp"
#include "tnef.hpp"

#include <algorithm>

namespace mailkeep::mail {

namespace {

bool is_tnef(std::string_view content_type, std::string_view file_name) {
    return content_type == "application/ms-tnef" || content_type == "application/vnd.ms-tnef" ||
           equals_ignoring_case(file_name, "winmail.dat");
}

class InnerFiles {
  public:
    InnerFiles(std::vector<Part>& parts, Reading reading) : parts_(parts), reading_(reading) {}

    /// Of the parts from `begin` to `end`; parts are appended meanwhile.
    void append_from(std::size_t begin, std::size_t end) {
        for (auto at = begin; at < end; ++at) {
            if (is_tnef(parts_[at].content_type, parts_[at].file_name)) {
                append_tnef(read_tnef(parts_[at].body));
            } else if (is_pkcs7(parts_[at].content_type)) {
                append_tree(signed_content(parts_[at].body).value_or(std::string()));
            } else if (parts_[at].content_type == "text/plain" && parts_[at].role != Role::other) {
                append_files(at);
            }
        }
    }

  private:
    void append(Part part) {
        if (parts_.size() < most_parts) {
            part.number = static_cast<int>(parts_.size()) + 1;
            parts_.push_back(std::move(part));
        }
    }

    void append_file(std::string_view content_type, std::string file_name, std::string content) {
        const bool is_wanted = reading_ == Reading::whole || is_package(content_type, file_name);
        append({.content_type = decode_text(content_type, {}),
                .file_name = std::move(file_name),
                .is_attachment = true,
                .body = is_wanted ? std::move(content) : std::string()});
    }

    void append_tree(std::string_view entity) {
        if (!entity.empty()) {
            for (auto& part : read_tree(entity, reading_)) {
                append(std::move(part));
            }
        }
    }

    void append_files(std::size_t text) {
        for (auto& file : split_files(parts_[text].body).files) {
            append_file("application/octet-stream", decode_text(file.name, parts_[text].charset),
                        std::move(file.content));
        }
    }

    /// The text is another form of what the message says, if it says anything.
    void append_tnef(Tnef content) {
        if (!trim(content.text).empty()) {
            const bool is_other_text =
                std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
                    return part.role == Role::text && !trim(part.body).empty();
                });
            append({.content_type = "text/plain",
                    .charset = "utf-8",
                    .role = is_other_text ? Role::alternative : Role::text,
                    .body = std::move(content.text)});
        }
        for (auto& file : content.files) {
            append_file(file.content_type, decode_text(file.name, {}), std::move(file.content));
        }
    }

    std::vector<Part>& parts_;
    Reading reading_;
};

}  // namespace

bool is_package(std::string_view content_type, std::string_view file_name) {
    return is_tnef(content_type, file_name) || is_pkcs7(content_type);
}

void append_inner_files(std::vector<Part>& parts, Reading reading) {
    InnerFiles files(parts, reading);
    const auto of_tree = parts.size();
    files.append_from(0, of_tree);
    files.append_from(of_tree, parts.size());  // packages within packages; deeper only listed
}

}  // namespace mailkeep::mail
