// Copyright (c) 2026, the idops.sailpoint contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What a user of the vendor's TypeScript SDK does, in the generation of the first argument; tells it as JSON.
// The second argument is a task to update, the third a source to aggregate.
"use strict";

const sdk = require("sailpoint-api-client");

const [version, taskId, sourceId] = process.argv.slice(2);
const suffix = { beta: "Beta", v2024: "V2024" }[version];
const experimental = version === "v2024" ? { xSailPointExperimental: "true" } : {};
const ids = (answer) => answer.data.map((task) => task.id);

async function main() {
  const configuration = new sdk.Configuration(); // signs in, by what the environment says
  configuration.experimental = true;
  const api = (name) => new sdk[name + suffix + "Api"](configuration);
  const told = {};
  const tasks = api("TaskManagement");
  const list = (given) => tasks.getTaskStatusList({ ...given, ...experimental });
  told.listed = ids(await sdk.Paginator.paginate(tasks, list, { limit: 10000 }, 100));
  told.pending = ids(await tasks.getPendingTasks({ ...experimental }));
  const head = await tasks.getPendingTaskHeaders({ count: true, ...experimental });
  told.count = Number(head.headers["x-total-count"]);
  const byType = await list({ filters: 'type eq "CLOUD_ACCOUNT_AGGREGATION"' });
  told.names = [...new Set(byType.data.map((task) => task.uniqueName))];
  const bySource = await list({ filters: `sourceId eq "${sourceId}"` });
  told.sources = [...new Set(bySource.data.map((task) => task.target.id))];
  const operations = [
    { op: "replace", path: "/completionStatus", value: "Error" },
    { op: "replace", path: "/completed", value: "2026-05-17T19:33:16.470Z" },
  ];
  const name = "jsonPatchOperation" + suffix;
  const updated = await tasks.updateTaskStatus({ id: taskId, [name]: operations, ...experimental });
  told.updated = [updated.data.id, updated.data.completionStatus];
  told.read = (await tasks.getTaskStatus({ id: taskId, ...experimental })).data.completionStatus;
  const sources = api("Sources");
  const form = version === "beta" ? { sourceId } : { id: sourceId };
  const started = (await sources.importAccounts({ ...form, ...experimental, disableOptimization: "true" })).data.task;
  told.started = [started.name, started.launcher];
  const watched = await api("AccountAggregations").getAccountAggregationStatus({ id: started.id, ...experimental });
  told.status = watched.data.status;
  if (!sources.importEntitlements) return told; // only beta has it
  const entitlements = (await sources.importEntitlements({ sourceId, ...experimental })).data;
  told.entitlements = [entitlements.uniqueName, entitlements.launcher];
  return told;
}

main().then(
  (told) => process.stdout.write(JSON.stringify(told)),
  (error) => {
    process.stderr.write(`${error.stack}\n${JSON.stringify(error.response ? error.response.data : null)}\n`);
    process.exitCode = 1;
  },
);
