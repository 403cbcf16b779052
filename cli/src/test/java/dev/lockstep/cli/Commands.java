package dev.lockstep.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs commands in this process. */
public final class Commands {
  /** What a command printed, and its exit code. */
  public record Output(int code, String out, String err) {}

  private Commands() {}

  /** Runs {@code lockstep} with arguments. */
  public static Output run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int code = command.execute(arguments);
    return new Output(code, out.toString(), err.toString());
  }
}
