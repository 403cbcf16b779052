package dev.lockstep.cli;

import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The {@code lockstep completion} command. */
@Command(
    name = "completion",
    description = {
      "Print a script that completes commands and options in bash and zsh.",
      "Use it with 'source <(./lockstep completion)'."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  CompletionCommand() {}

  @Override
  public void run() {
    CommandLine root = spec.root().commandLine();
    PrintWriter out = spec.commandLine().getOut();
    out.print(AutoComplete.bash(root.getCommandName(), root));
    out.flush();
  }
}
