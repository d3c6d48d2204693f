#include "start.hpp"

int main(int argc, char** argv) {
    return fetchd::start(argc, argv, fetchd::tasks::standard());
}
