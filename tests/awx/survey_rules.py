# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's rules of surveys, stated anew: what it refuses in a survey and in answers, and which variables a job gets.

They are those of AWX 24.6.1: JobTemplateSurveySpec in awx/api/views for the survey itself, SurveyJobTemplateMixin in
awx/main/models/mixins.py for answers and variables. A schedule's extra_data and a workflow node's are answers, too.
Where AWX looks for a default anywhere in the text of all choices, only a whole choice counts here.

A question is one item of a survey's "spec"; answers are variables by name, as in a launch's extra_vars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: What a question's default has to be; AWX names the types SURVEY_TYPE_MAPPING. A boolean is an int to it here.
DEFAULT_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}
FIELDS = {"type": str, "question_name": str, "variable": str, "required": bool}
LISTS = ("multiplechoice", "multiselect")
ENCRYPTED = "$encrypted$"


def spec_errors(spec: Mapping[str, Any]) -> list[str]:
    """Why AWX would refuse a whole survey (name, description, spec); empty if it takes it.

    AWX stops at the first reason, all are told here. A password's default that is "$encrypted$" is refused: this is
    what AWX says of one where it does not hold an older.
    """
    errors = [
        f"the survey's '{field}' is missing or not a {kind.__name__}"
        for field, kind in (("name", str), ("description", str), ("spec", list))
        if not isinstance(spec.get(field), kind)
    ]
    if errors:
        return errors
    if not spec["spec"]:
        return ["the survey has no questions"]
    seen: set[str] = set()
    for index, question in enumerate(spec["spec"]):
        wrong = _question_errors(question)
        if not wrong and question["variable"] in seen:
            wrong = [f"the variable {question['variable']} is asked for twice"]
        if not wrong:
            seen.add(question["variable"])
        errors += [f"question {index}: {reason}" for reason in wrong]
    return errors


def answer_errors(question: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """Why AWX would refuse these answers because of this question, its absence included; empty if it does not."""
    variable = question["variable"]
    if variable not in answers:
        return [f"{variable} is required and not answered"] if question["required"] else []
    answer = answers[variable]
    if question["type"] == "password" and answer == ENCRYPTED:
        return [f"{variable} has no default"] if question["required"] and question.get("default") is None else []
    return [f"{variable}: {reason}" for reason in _value_errors(question, answer)]


def missing(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """The variables without which AWX starts no job, schedules none and lets no rulebook launch one.

    A default does not count as an answer.
    """
    return [q["variable"] for q in spec.get("spec", []) if q["required"] and q["variable"] not in answers]


def launch_variables(
    template_extra_vars: Mapping[str, Any], survey_spec: Mapping[str, Any], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """The variables of a job: the template's, over them the valid defaults of its survey, over them the answers.

    For a template whose survey is enabled; for another give an empty survey. The answers are taken as they are:
    whether AWX takes them, answer_errors says.
    """
    defaults = {
        question["variable"]: question["default"]
        for question in survey_spec.get("spec", [])
        if question.get("default") is not None
        and not answer_errors(question, {question["variable"]: question["default"]})
    }
    return {**template_extra_vars, **defaults, **answers}


def choices(question: Mapping[str, Any]) -> list[str]:
    """What can be chosen; AWX takes a list, or text with one on each line."""
    listed = question["choices"]
    return [line for line in listed.splitlines() if line.strip()] if isinstance(listed, str) else list(listed)


def _question_errors(question: Any) -> list[str]:
    if not isinstance(question, Mapping):
        return ["it is not an object"]
    errors = [
        f"'{field}' is missing or not a {kind.__name__}"
        for field, kind in FIELDS.items()
        if not isinstance(question.get(field), kind)
    ]
    if errors:
        return errors
    kind = question["type"]
    if kind not in DEFAULT_TYPES:
        return [f"there is no type {kind}"]
    default = question.get("default", "")
    if default != "" and not isinstance(default, DEFAULT_TYPES[kind]):
        errors.append(f"the default {default!r} does not fit the type {kind}")
    if isinstance(default, str) and default.startswith(ENCRYPTED):
        errors.append(f"a default must not begin with {ENCRYPTED}")
    errors += [
        f"'{limit}' is not an integer"
        for limit in ("min", "max")
        if question.get(limit) is not None and not isinstance(question[limit], int)
    ]
    if kind in LISTS and not errors:
        errors += _choice_errors(question, default)
    return errors


def _choice_errors(question: Mapping[str, Any], default: str) -> list[str]:
    if "choices" not in question:
        return ["it has no choices"]
    chosen = [line for line in default.splitlines() if line.strip()]
    if question["type"] == "multiplechoice" and len(chosen) > 1:
        return ["it has more than one default"]
    return [f"the default {item!r} is not a choice" for item in chosen if item not in choices(question)]


def _value_errors(question: Mapping[str, Any], answer: Any) -> list[str]:
    kind = question["type"]
    if kind == "multiplechoice":
        return [] if answer in choices(question) else [f"{answer!r} is not a choice"]
    if kind == "multiselect":
        if not isinstance(answer, list):
            return [f"{answer!r} is not a list"]
        return [f"{item!r} is not a choice" for item in answer if item not in choices(question)]
    if kind == "integer":
        return _limit_errors(question, answer, int) if answer.__class__ is int else [f"{answer!r} is not an integer"]
    if kind == "float":
        return (
            _limit_errors(question, answer, float) if answer.__class__ in (int, float) else [f"{answer!r} is no number"]
        )
    if not isinstance(answer, str):
        return [f"{answer!r} is not text"]
    return _limit_errors(question, len(answer), int)


def _limit_errors(question: Mapping[str, Any], size: float, number: Callable[[Any], float]) -> list[str]:
    """Whether a number, or the length of a text, is within "min" and "max"; one that is blank or null limits nothing.

    A text's length counts even where it is blank, so that a "min" refuses a blank answer.
    """
    low, high = (question.get(limit) for limit in ("min", "max"))
    errors = []
    if low not in ("", None) and size < number(low):
        errors.append(f"less than {low}")
    if high not in ("", None) and size > number(high):
        errors.append(f"more than {high}")
    return errors
