package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(CommandLine command, String... args) {
    return command
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int run(String... args) {
    return run(Main.commandLine(), args);
  }

  @Test
  void helpListsTheCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("Usage: lockstep").contains("sim");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionIsOneLine() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("lockstep ").hasLineCount(1);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void unknownOptionIsReportedInOneLine() {
    assertThat(run("--nonsense")).isEqualTo(2);
    assertThat(err.toString()).startsWith("lockstep: ").contains("--nonsense").hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void unknownOptionOfCommandIsReportedInOneLine() {
    assertThat(run("sim", "--nonsense")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("lockstep: ")
        .contains("--nonsense")
        .contains("lockstep sim --help")
        .hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void missingCommandIsReportedInOneLine() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).startsWith("lockstep: Missing command.").hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void defectIsReportedWithoutStackTrace() {
    CommandLine command = Main.commandLine().addSubcommand(new Broken());
    assertThat(run(command, "broken")).isEqualTo(70);
    assertThat(err.toString()).contains("Internal error").contains("oops").hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Command(name = "broken")
  static final class Broken implements Runnable {
    @Override
    public void run() {
      throw new IllegalStateException("oops");
    }
  }

  /** What the C locale makes of two different letters is the same. */
  @Test
  void refusesArgumentsThatAreNoText() {
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine().setErr(new PrintWriter(err));
    assertThat(Main.areText(new String[] {"kv", "c", "put", "ä", "1"}, command)).isTrue();
    assertThat(Main.areText(new String[] {"kv", "c", "put", "\uFFFD\uFFFD", "1"}, command))
        .isFalse();
    assertThat(err.toString()).contains("LC_ALL=C.UTF-8").hasLineCount(1);
  }
}
