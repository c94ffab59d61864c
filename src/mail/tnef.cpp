// SPDX-License-Identifier: Apache-2.0
#include "tnef.hpp"

#include "mailkeep/base/text.hpp"
#include "mailkeep/mail/body.hpp"
#include "mailkeep/mail/message.hpp"

#include "rtf_text.hpp"

#include <algorithm>
#include <cstdint>

namespace mailkeep::mail {

namespace {

/// Octets taken off the front. Once there are too few, there are none left.
class Octets {
  public:
    explicit Octets(std::string_view rest) : rest_(rest) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }

    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            rest_ = {};
            return {};
        }
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    /// Little endian, of that many octets.
    std::uint32_t number(std::size_t count) {
        std::uint32_t value = 0;
        unsigned shift = 0;
        for (const char octet : take(count)) {
            value |= std::uint32_t{static_cast<unsigned char>(octet)} << shift;
            shift += 8;
        }
        return value;
    }

    /// With the filler behind it, up to the next multiple of four.
    std::string_view take_padded(std::size_t count) {
        const auto taken = take(count);
        take(std::min(rest_.size(), (4 - count % 4) % 4));
        return taken;
    }

  private:
    std::string_view rest_;
};

constexpr std::uint32_t signature = 0x223E9F78;
constexpr std::size_t signature_octets = 4;

// Attributes ([MS-OXTNEF] 2.1.3.1), type and identifier.
constexpr std::uint32_t att_attach_rend_data = 0x00069002;
constexpr std::uint32_t att_attach_title = 0x00018010;
constexpr std::uint32_t att_attach_data = 0x0006800F;
constexpr std::uint32_t att_attachment = 0x00069005;
constexpr std::uint32_t att_msg_props = 0x00069003;
constexpr std::uint32_t att_body = 0x0002800C;
constexpr std::uint32_t att_oem_codepage = 0x00069007;

// Properties ([MS-OXPROPS]) and their types ([MS-OXCDATA] 2.11.1).
constexpr std::uint32_t pid_body = 0x1000;
constexpr std::uint32_t pid_rtf_compressed = 0x1009;
constexpr std::uint32_t pid_html = 0x1013;
constexpr std::uint32_t pid_attach_data = 0x3701;
constexpr std::uint32_t pid_attach_file_name = 0x3704;
constexpr std::uint32_t pid_attach_long_file_name = 0x3707;
constexpr std::uint32_t pid_attach_mime_tag = 0x370E;
constexpr std::uint32_t type_multiple = 0x1000;
constexpr std::uint32_t type_object = 0x000D;
constexpr std::uint32_t type_string8 = 0x001E;
constexpr std::uint32_t type_string = 0x001F;
constexpr std::uint32_t type_guid = 0x0048;
constexpr std::uint32_t type_binary = 0x0102;

struct Property {
    std::uint32_t id = 0;
    std::uint32_t type = 0;
    std::string_view value;  ///< the first, when there are several
};

std::size_t fixed_length(std::uint32_t type) {
    switch (type) {
        case 0x0005:  // double
        case 0x0006:  // currency
        case 0x0007:  // application time
        case 0x0014:  // 64-bit integer
        case 0x0040:  // time
            return 8;
        case type_guid:
            return 16;
        default:
            return 4;
    }
}

/// A named property says its name before its value.
void skip_name(Octets& octets) {
    octets.take(16);  // property set
    const bool is_string = octets.number(4) == 1;
    const auto length = octets.number(4);
    if (is_string) {
        octets.take_padded(length);
    }
}

Property take_property(Octets& octets) {
    constexpr std::uint32_t first_named = 0x8000;
    Property property;
    property.type = octets.number(2);
    property.id = octets.number(2);
    if (property.id >= first_named) {
        skip_name(octets);
    }
    const auto type = property.type & ~type_multiple;
    const bool is_counted =
        type == type_object || type == type_string8 || type == type_string || type == type_binary;
    auto count = is_counted || type != property.type ? octets.number(4) : 1;
    for (bool is_first = true; count > 0 && !octets.empty(); --count, is_first = false) {
        const auto length = is_counted ? octets.number(4) : fixed_length(type);
        const auto value = octets.take_padded(length);
        property.value = is_first ? value : property.value;
    }
    return property;
}

template <class Use>
void for_each_property(std::string_view data, Use use) {
    Octets octets(data);
    for (auto count = octets.number(4); count > 0 && !octets.empty(); --count) {
        use(take_property(octets));
    }
}

class TnefReader {
  public:
    [[nodiscard]] Tnef read(std::string_view data) {
        Octets octets(data);
        if (octets.number(signature_octets) != signature) {
            return {};
        }
        octets.take(2);  // a key of no meaning
        while (!octets.empty()) {
            octets.take(1);  // whether of the message or of an attachment; the identifier says it
            const auto attribute = octets.number(4);
            const auto length = octets.number(4);
            read_attribute(attribute, octets.take(length));
            octets.take(2);  // checksum
        }
        return std::move(tnef_);
    }

  private:
    void read_attribute(std::uint32_t attribute, std::string_view data) {
        if (attribute == att_attach_rend_data && tnef_.files.size() < most_parts) {
            tnef_.files.push_back({.name = {}, .content_type = "application/octet-stream"});
        } else if (attribute == att_oem_codepage) {
            charset_ = "cp" + std::to_string(Octets(data).number(4));
        } else if (attribute == att_body) {
            tnef_.text = text_of(data, type_string8);
        } else if (attribute == att_msg_props) {
            for_each_property(data, [&](const Property& property) { read_message(property); });
        } else if (!tnef_.files.empty()) {
            read_file(attribute, data, tnef_.files.back());
        }
    }

    void read_file(std::uint32_t attribute, std::string_view data, TnefFile& file) const {
        if (attribute == att_attach_title && file.name.empty()) {
            file.name = text_of(data, type_string8);
        } else if (attribute == att_attach_data) {
            file.content = data;
        } else if (attribute == att_attachment) {
            for_each_property(
                data, [&](const Property& property) { read_file_property(property, file); });
        }
    }

    void read_message(const Property& property) {
        if (property.id == pid_body) {
            tnef_.text = text_of(property.value, property.type);
        } else if (property.id == pid_html && tnef_.text.empty()) {
            tnef_.text = html_to_text(text_of(property.value, property.type));
        } else if (property.id == pid_rtf_compressed && tnef_.text.empty()) {
            tnef_.text = rtf_to_text(decompress_rtf(property.value));
        }
    }

    /// The long name wins over attAttachTitle, which is cut to eight and three letters.
    void read_file_property(const Property& property, TnefFile& file) const {
        if (property.id == pid_attach_long_file_name ||
            (property.id == pid_attach_file_name && file.name.empty())) {
            file.name = text_of(property.value, property.type);
        } else if (property.id == pid_attach_mime_tag && !property.value.empty()) {
            file.content_type = to_lower_ascii(text_of(property.value, property.type));
        } else if (property.id == pid_attach_data && property.type == type_binary) {
            file.content = property.value;
        } else if (property.id == pid_attach_data && property.type == type_object) {
            read_object(property.value, file);
        }
    }

    /// The identifier of its interface stands before an object: an attached message in TNEF itself,
    /// or something of OLE.
    static void read_object(std::string_view object, TnefFile& file) {
        constexpr std::size_t interface_octets = 16;
        const auto content = object.substr(std::min(object.size(), interface_octets));
        if (Octets(content).number(signature_octets) == signature) {
            file.content_type = "application/ms-tnef";
        }
        file.content = content;
    }

    /// Strings end with a NUL.
    [[nodiscard]] std::string text_of(std::string_view value, std::uint32_t type) const {
        return type == type_string ? std::string(trim(to_utf8(value, "utf-16le")))
                                   : to_utf8(value.substr(0, value.find('\0')), charset_);
    }

    std::string charset_;
    Tnef tnef_;
};

}  // namespace

Tnef read_tnef(std::string_view octets) {
    return TnefReader().read(octets);
}

}  // namespace mailkeep::mail
