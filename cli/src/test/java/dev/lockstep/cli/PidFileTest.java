package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
  @TempDir private Path folder;

  private PidFile file() {
    return new PidFile(folder.resolve("a.pid"));
  }

  @Test
  void namesTheProcessThatWasStarted() throws IOException {
    assertThat(file().process()).isEmpty();
    file().write(ProcessHandle.current());
    assertThat(file().process()).contains(ProcessHandle.current());
    assertThat(folder).isDirectoryContaining("glob:**a.pid").isDirectoryNotContaining("glob:**tmp");
    file().forget();
    assertThat(file().process()).isEmpty();
  }

  /** A step of the clock moves the moment that the system says, so that must not be in the file. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void saysTheStartInTicksSinceTheBoot() throws IOException {
    file().write(ProcessHandle.current());
    String[] words = Files.readString(file().path()).strip().split(" ");
    assertThat(words).hasSize(3);
    long ticks = Long.parseLong(words[2]);
    Files.writeString(file().path(), words[0] + " " + words[1] + " " + (ticks + 1) + "\n");
    assertThat(file().process()).as("another one with the same id").isEmpty();
    Files.writeString(file().path(), words[0] + " of-another-boot " + ticks + "\n");
    assertThat(file().process()).as("the same id after a boot").isEmpty();
  }

  @Test
  void isReadAsOlderProgramsWroteItAndAsSystemsWithoutTicksDo() throws IOException {
    long start = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
    long pid = ProcessHandle.current().pid();
    Files.writeString(file().path(), pid + " " + start + "\n");
    assertThat(file().process()).isPresent();
    Files.writeString(file().path(), pid + " " + (start - 3_600_000) + "\n");
    assertThat(file().process()).isEmpty();
    Files.writeString(file().path(), "what is this");
    assertThatThrownBy(() -> file().process()).hasMessageContaining("a.pid is damaged");
  }
}
