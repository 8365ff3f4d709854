# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated Identity Security Cloud tenant: the vendor's Task Management API over real HTTP, kept in memory.

Run it with ``python tests/simulator --help``, or from a test with :func:`simulator.server.running`.
Nothing here imports the collection: the simulator is to judge it, so it reads the API's rules by itself.

``cli``          options, and starting the server
``app``          routes, and the way of one request: log, faults, sign-in, rate limit, handler, answer
``api``          the handlers of the task-status endpoints
``generations``  what each API generation has: one table
``filters``      the grammar of ``filters``
``patching``     JSON Patch as this API takes it
``store``        the tasks, sorted and filtered; ``taskstatus`` their shape; ``seed`` realistic ones
``signin``       clients and tokens; ``ratelimit`` the window; ``answers`` bodies and errors
``faults``       broken answers and connections; ``races`` tasks that change between two requests
``control``      the control surface under ``/_simulator/``; ``requestlog`` what was asked
``server``       the same as a subprocess, for tests
"""

from __future__ import annotations
