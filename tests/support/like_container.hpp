// Makes the calling process as restricted as one in a container with Docker's default profile: the few
// capabilities it leaves, and none of the system calls it wants CAP_SYS_ADMIN for.
#pragma once

namespace fetchd::test {

// For the rest of the process's life and its children's. False: it could not be done.
bool restrict_like_container();

}  // namespace fetchd::test
