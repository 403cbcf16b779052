package dev.lockstep.cli.fabric;

import dev.lockstep.cli.LocalReplicas;
import dev.lockstep.cli.Main;
import dev.lockstep.cli.PidFile;
import dev.lockstep.cli.ProcessLog;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A node or frontend as a process on this machine; a {@link PidFile} in its folder says which. */
final class LocalProcess {
  private static final String PID_FILE = "process.pid";
  private static final String LOG_FILE = "process.log";

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Path folder;
  private final String command;

  /** Of the log, so much was there before the process was started. */
  private long logBefore;

  /**
   * @param command that runs what is in the folder, "node" or "frontend"
   */
  LocalProcess(Path folder, String command) {
    this.folder = folder;
    this.command = command;
  }

  String name() {
    return folder.getFileName().toString();
  }

  Path folder() {
    return folder;
  }

  Path log() {
    return folder.resolve(LOG_FILE);
  }

  private PidFile pidFile() {
    return new PidFile(folder.resolve(PID_FILE));
  }

  /** The running process that was started from here. */
  Optional<ProcessHandle> process() throws IOException {
    return pidFile().process();
  }

  /** Whether some process works on its data, whoever started that. */
  boolean isInUse() throws IOException {
    return command.equals("node") && LocalReplicas.isInUse(folder);
  }

  /**
   * Starts it, with the Java and the Java options of this process. It does not end with this
   * process or its terminal. What it prints goes to its log.
   */
  ProcessHandle start() throws IOException {
    List<String> words = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      words.add(SETSID.toString());
    }
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String classPath = System.getProperty("java.class.path");
    if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
      words.addAll(List.of("-jar", Path.of(classPath).toAbsolutePath().toString()));
    } else {
      words.addAll(List.of("-cp", classPath, Main.class.getName()));
    }
    words.addAll(List.of("fabric", command, folder.toString()));
    logBefore = Files.exists(log()) ? Files.size(log()) : 0;
    ProcessHandle process =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start()
            .toHandle();
    pidFile().write(process);
    return process;
  }

  /** How often it has said that it is ready, since it was started from here. */
  long readyLines() throws IOException {
    byte[] all = Files.exists(log()) ? Files.readAllBytes(log()) : new byte[0];
    int from = (int) Math.min(logBefore, all.length);
    return new String(all, from, all.length - from, java.nio.charset.StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("ready"))
        .count();
  }

  void forget() throws IOException {
    pidFile().forget();
  }

  /** What it said last. */
  String lastWords() throws IOException {
    return ProcessLog.lastWords(log());
  }
}
