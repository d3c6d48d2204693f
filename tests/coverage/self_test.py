#!/usr/bin/env python3
"""branches.py on branches made up here: what is missed is said, and so is an explanation that no longer fits."""

import unittest

import branches

SOURCE = """int f(int a) {
    if (a > 0 && a < 9)
        return 1;
    switch (a) {
        case 0:
            return 2;
    }
    while (first(a) &&
           second(a))
        --a;
}
"""


def exported(*regions):
    return {"data": [{"files": [{"filename": "f.cpp", "branches": [[*r, 0, 0, 4] for r in regions]}]}]}


def missed(*regions):
    return branches.never_taken("f.cpp", SOURCE, branches.counted(exported(*regions))["f.cpp"])


class Branches(unittest.TestCase):
    def test_each_side_counts(self):
        self.assertEqual(missed((2, 9, 2, 14, 1, 0), (2, 18, 2, 23, 0, 7)),
                         [("f.cpp", "if (a > 0 && a < 9)", "a > 0", "false"),
                          ("f.cpp", "if (a > 0 && a < 9)", "a < 9", "true")])
        self.assertEqual(missed((2, 9, 2, 14, 1, 1)), [])
        self.assertEqual(len(missed((2, 9, 2, 14, 0, 0))), 2)

    def test_one_instance_of_a_template_is_enough(self):
        self.assertEqual(missed((2, 9, 2, 14, 3, 0), (2, 9, 2, 14, 0, 1)), [])

    def test_conditions_are_named_by_their_text(self):
        self.assertEqual(missed((8, 12, 9, 21, 5, 0))[0].condition, "first(a) && second(a)")
        self.assertEqual(missed((5, 9, 5, 15, 0, 5))[0][1:], ("case 0:", "case 0", "true"))
        self.assertEqual(missed((4, 13, 4, 14, 0, 5))[0].condition, "default")

    def test_the_explained_is_neither_missing_nor_too_much(self):
        never = missed((2, 9, 2, 14, 1, 0))
        explained, problems = branches.explanations(
            "# a comment\n\nf.cpp: if (a > 0 && a < 9)\n    a > 0 is never false: nobody\n    asks for it.\n")
        self.assertEqual(problems, [])
        self.assertEqual(branches.compare(never, explained), [])
        self.assertIn("not explained", branches.compare(never * 2, explained)[0])
        self.assertIn("covered or gone", branches.compare([], explained)[0])

    def test_another_side_or_line_is_not_explained(self):
        never = missed((2, 9, 2, 14, 1, 0))
        for text in ("f.cpp: if (a > 0 && a < 9)\n a > 0 is never true: x", "f.cpp: if (a > 0)\n a > 0 is never false: x",
                     "g.cpp: if (a > 0 && a < 9)\n a > 0 is never false: x"):
            explained, _ = branches.explanations(text)
            self.assertEqual(len(branches.compare(never, explained)), 2, text)

    def test_an_explanation_says_why(self):
        for text in ("f.cpp: if (a)\n a is never true", "f.cpp: if (a)\n a is never true: ", "f.cpp: if (a)",
                     "f.cpp\n a is never true: x", "f.cpp: if (a)\n a is never taken: x"):
            explained, problems = branches.explanations(text)
            self.assertEqual((sum(explained.values()), len(problems)), (0, 1), text)


if __name__ == "__main__":
    unittest.main()
