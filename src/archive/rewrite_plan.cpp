// SPDX-License-Identifier: Apache-2.0
#include "rewrite_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mailkeep::archive {

namespace {

/// Octets of journals in one rewrite: what may have to be done again, and what lies on the disk
/// twice meanwhile.
constexpr std::uint64_t most_journal_octets = std::uint64_t{128} << 20;
constexpr std::uint64_t most_pack_octets = std::uint64_t{128} << 20;
constexpr std::uint64_t small_pack = std::uint64_t{16} << 20;
constexpr std::size_t fewest_to_merge = 4;
constexpr std::uint64_t much_dead = std::uint64_t{64} << 20;

/// Whether the histories of packs, put together, have no hole; as one pack they must not.
bool are_histories_joined(std::span<const KnownPack> packs) {
    std::vector<BatchRange> ranges;
    for (const auto& pack : packs) {
        if (pack.seal.history.last != 0) {
            ranges.push_back(pack.seal.history);
        }
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return std::adjacent_find(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
               return a.last + 1 != b.first;
           }) == ranges.end();
}

std::uint64_t octets_of(std::span<const KnownPack> packs) {
    std::uint64_t octets = 0;
    for (const auto& pack : packs) {
        octets += pack.size;
    }
    return octets;
}

bool is_worth_merging(std::span<const KnownPack> packs) {
    const auto largest = std::max_element(
        packs.begin(), packs.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
    return packs.size() >= fewest_to_merge && octets_of(packs) >= 2 * largest->size &&
           octets_of(packs) <= most_pack_octets && are_histories_joined(packs);
}

}  // namespace

JournalChoice choose_journals(const Timeline& journals, const Tip& sealed, std::uint64_t closed) {
    JournalChoice choice;
    auto& sources = choice.sources;
    sources.before = sealed;
    sources.last = sealed.number;
    std::uint64_t octets = 0;
    for (std::size_t i = 0; i < journals.files().size(); ++i) {
        const auto& journal = journals.files()[i];
        const auto upto = journals.void_above(i).value_or(closed);
        if (upto <= sealed.number || journal.state == JournalFile::State::unfinished) {
            continue;
        }
        if (upto > closed ||
            (!sources.journals.empty() && octets + journal.size > most_journal_octets)) {
            break;
        }
        if (journal.state == JournalFile::State::usable && journal.header.batch_before == upto) {
            continue;  // nothing in it ever counted
        }
        choice.damage = journals.damage_in(i, upto);
        if (!choice.damage && journal.header.batch_before > sources.last) {
            choice.damage =
                Finding{journal.name, fmt::format("follows batch {}, but batch {} is the last one "
                                                  "before it",
                                                  journal.header.batch_before, sources.last)};
        }
        if (choice.damage) {
            break;
        }
        octets += journal.size;
        sources.last = upto;
        sources.journals.push_back(journal);
    }
    return choice;
}

std::vector<KnownPack> choose_merge(std::span<const KnownPack> packs) {
    for (auto end = packs.size(); end >= fewest_to_merge; --end) {
        std::size_t first = end;
        while (first > 0 && packs[first - 1].size < small_pack) {
            --first;
        }
        for (; first + fewest_to_merge <= end; ++first) {
            const auto run = packs.subspan(first, end - first);
            if (is_worth_merging(run)) {
                return {run.begin(), run.end()};
            }
        }
    }
    return {};
}

std::vector<KnownPack> choose_compaction(std::span<const DeadShare> shares) {
    std::vector<KnownPack> chosen;
    for (const auto& [pack, dead] : shares) {
        if (dead == 0 || (dead < pack.seal.octets / 4 && dead < much_dead)) {
            continue;
        }
        chosen.push_back(pack);
        if (!are_histories_joined(chosen)) {
            chosen.pop_back();
        } else if (octets_of(chosen) >= most_pack_octets) {
            break;
        }
    }
    return chosen;
}

}  // namespace mailkeep::archive
