#!/usr/bin/env python3
"""The checks of this folder, checked: each must find what it is there for, and nothing else."""

import os
import re
import tempfile
import unittest

import co_await
import layering
import source

FIXTURES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "fixtures")


def fixture(name):
    with open(os.path.join(FIXTURES, name), encoding="utf-8") as f:
        return f.read()


class CoAwait(unittest.TestCase):
    def test_finds_every_marked_line_and_no_other(self):
        text = fixture("co_await_bad.cpp")
        want = {(i, m.group(1)) for i, line in enumerate(text.splitlines(), 1)
                if (m := re.search(r"// want: (\w+)$", line))}
        self.assertGreater(len(want), 15)
        self.assertEqual(want, co_await.faults(text))

    def test_finds_nothing_in_good_code(self):
        text = fixture("co_await_good.cpp")
        self.assertGreater(text.count("co_await"), 20)
        self.assertEqual(set(), co_await.faults(text))


class Layering(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                    f.write(text)
            return list(layering.Layers(root).problems())

    def one(self, said, files):
        problems = self.problems(files)
        self.assertEqual(1, len(problems), problems)
        self.assertIn(said, problems[0])

    def test_downward_includes_pass(self):
        self.assertEqual([], self.problems({
            "server/base/a.hpp": "", "server/http/b.hpp": '#include "base/a.hpp"\n',
            "server/net/c.hpp": '#include "http/b.hpp"\n#include <boost/beast/core.hpp>\n',
            "server/api/d.cpp": '#include "net/c.hpp"\n#include <openssl/ssl.h>\n',
            "server/main.cpp": '#include "api/e.hpp"\n', "server/api/e.hpp": "",
            "client/f.hpp": '#include "base/a.hpp"\n'}))

    def test_upward_include_is_found(self):
        self.one("server/net/c.hpp", {"server/net/c.hpp": "", "server/base/a.hpp": '#include "net/c.hpp"\n'})

    def test_sibling_include_is_found_also_by_relative_path(self):
        self.one("server/worker/c.hpp",
                 {"server/worker/c.hpp": "", "server/net/a.cpp": '#include "../worker/c.hpp"\n'})

    def test_client_must_not_use_the_server(self):
        self.one("client includes", {"server/net/c.hpp": "", "client/a.cpp": '#include "net/c.hpp"\n'})

    def test_unknown_folder_and_unknown_file_are_found(self):
        self.one("no place", {"server/misc/a.cpp": ""})
        self.one("no file", {"server/base/a.cpp": '#include "base/gone.hpp"\n'})

    def test_asio_in_base_is_found(self):
        self.one("comes by Asio", {"server/base/a.hpp": "#include <boost/asio/io_context.hpp>\n"})

    def test_asio_in_the_child_is_found_through_another_header(self):
        self.one("supervisor.hpp", {
            "server/worker/supervisor.hpp": "#include <boost/asio/io_context.hpp>\n",
            "server/worker/child.cpp": '#include "worker/supervisor.hpp"\n'})

    def test_beast_in_a_header_of_fetch_is_found(self):
        self.one("in a header outside", {"server/fetch/a.hpp": "#include <boost/beast/http.hpp>\n"})


class Source(unittest.TestCase):
    def said(self, path, text):
        return [p.partition(": ")[2] for p in source.problems(path, text)]

    def test_good_header_passes(self):
        self.assertEqual([], self.said("server/a.hpp", "// What it is for.\n#pragma once\n"))

    def test_each_rule_finds_its_fault(self):
        self.assertIn("no #pragma once", self.said("a.hpp", "// x\n"))
        self.assertIn("a header begins with a comment that says what it is for", self.said("a.hpp", "#pragma once\n"))
        self.assertIn("white space at the end of the line", self.said("a.cpp", "int a; \n"))
        self.assertTrue(self.said("a.cpp", "\n" * (source.MAX_LINES + 1)))
        self.assertEqual([], self.said("a.cpp", "\n" * source.MAX_LINES))

    def test_paths_of_one_machine_are_found_and_urls_are_not(self):
        for path in ("ho" + "me/someone/x", "wo" + "rk/main", "ro" + "ot/.cache"):
            self.assertEqual(1, len(self.said("a.md", f"see /{path} there\n")), path)
        self.assertEqual([], self.said("a.md", "https://example.com/ho" "me/a ../wo" "rk/x\n"))


if __name__ == "__main__":
    unittest.main()
