// SPDX-License-Identifier: Apache-2.0
// Tells crash_calls.cpp whose calls it sees.
#pragma once

namespace mailkeep::test {

/// While one exists, this thread's calls are not looked at: the VFS has written down what they do.
class SystemCallsOfSqlite {
  public:
    SystemCallsOfSqlite();
    SystemCallsOfSqlite(const SystemCallsOfSqlite&) = delete;
    SystemCallsOfSqlite& operator=(const SystemCallsOfSqlite&) = delete;
    ~SystemCallsOfSqlite();
};

}  // namespace mailkeep::test
