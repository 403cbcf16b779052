/**
 * The {@code lockstep} command. {@link dev.lockstep.cli.Main} lists the subcommands and turns what
 * goes wrong into one sentence and an exit code; each {@code ...Command} is one of them, and says
 * in its annotations what {@code --help} shows. Those of services ({@code map}, {@code kv}) share
 * {@link dev.lockstep.cli.ServiceCommand}. {@link dev.lockstep.cli.LocalReplica} runs a replica as
 * a process of its own.
 */
package dev.lockstep.cli;
