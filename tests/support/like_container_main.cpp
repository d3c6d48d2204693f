// like-container ARGUMENT...: runs the program that $LIKE_CONTAINER_RUN names, as in a container.
#include <unistd.h>

#include <cstdlib>

#include "support/like_container.hpp"

int main(int, char** argv) {
    char const* const program = std::getenv("LIKE_CONTAINER_RUN");
    if (program && fetchd::test::restrict_like_container())
        ::execv(program, argv);
    return 9;
}
