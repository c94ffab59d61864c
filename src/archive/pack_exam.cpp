// SPDX-License-Identifier: Apache-2.0
#include "pack_exam.hpp"

#include <fmt/format.h>

namespace mailkeep::archive {

namespace {

void rebuild_listed(const PackReader& pack, const FindBlob& packs,
                    const std::vector<PackedMessage>& contents, PackExam& exam) {
    DecodedBlock block;
    const auto ignore = [](std::string_view) {};
    for (const auto& message : contents) {
        const auto stored = message.stored_in(pack.name());
        // What stands before the damage in its frame can be had by itself.
        const bool is_whole = message.is_gone() || pack.read(stored, packs, ignore, block) ||
                              pack.read(stored, packs, ignore);
        if (!is_whole) {
            ++exam.affected;
            exam.damaged.push_back(
                {"message " + message.content_id.hex(),
                 fmt::format("cannot be rebuilt from {} frame at {}", pack.name(), message.frame),
                 message.content_id});
        }
    }
}

void rebuild_found(const PackReader& pack, const FindBlob& packs, PackExam& exam) {
    pack.for_each_record(packs, [&](const FoundRecord& record) {
        if (!record.is_whole) {
            ++exam.affected;
            exam.damaged.push_back(
                {fmt::format("{} frame at {}", pack.name(), record.message.location.frame),
                 fmt::format("message {} of batch {} cannot be rebuilt", record.origin.place + 1,
                             record.origin.batch)});
        }
    });
}

}  // namespace

PackExam examine_frames(const PackReader& pack) {
    PackExam exam;
    if (!pack.damage().empty()) {
        exam.damaged.push_back({pack.name(), pack.damage()});
    }
    for (const auto& damage : pack.check_frames()) {
        exam.damaged.push_back(
            {fmt::format("{} frame at {}", pack.name(), damage.offset), damage.what});
    }
    for (const auto& message : pack.contents().value_or(std::vector<PackedMessage>())) {
        exam.messages += message.is_gone() ? 0U : 1U;
    }
    return exam;
}

void rebuild(const PackReader& pack, const FindBlob& packs, PackExam& exam) {
    if (const auto contents = pack.contents()) {
        rebuild_listed(pack, packs, *contents, exam);
    } else {
        rebuild_found(pack, packs, exam);
    }
}

bool may_lack_blobs(const PackReader& pack, const PackExam& exam) {
    return !exam.damaged.empty() && (!pack.damage().empty() || !pack.index().blobs.empty());
}

CheckedPack summary_of(const PackReader& pack, const PackExam& exam) {
    CheckedPack checked{.name = pack.name(), .finding = {}, .affected = exam.affected};
    if (!exam.damaged.empty()) {
        const auto& [object, what, message, known] = exam.damaged.front();
        checked.finding = object == pack.name() ? what : object + ": " + what;
    }
    return checked;
}

}  // namespace mailkeep::archive
