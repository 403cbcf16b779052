package dev.lockstep.cli;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.LogReader;
import dev.lockstep.storage.LogVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep log} command. */
@Command(
    name = "log",
    description = {
      "Look at the log and the checkpoints of a replica.",
      "list: the files, and what is in them. show: every record, in order. verify: checksums, the"
          + " chain of decisions, and every certificate, from the cluster's first view alone; the exit"
          + " code is 1 if anything is wrong. None of them changes anything, and the replica may run"
          + " meanwhile; then its last record may look torn.",
      "drop: remove the newest checkpoint, so that a start takes up the one before it and"
          + " does again what was decided since. For a replica whose service does not go on from the"
          + " newest one as it should; one that refuses it makes the start go back by itself. The"
          + " replica must not run."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class LogCommand implements Callable<Integer> {
  /** What to do. */
  enum Action {
    LIST,
    SHOW,
    VERIFY,
    DROP
  }

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder of a replica.")
  private Path folder;

  @Parameters(index = "1", paramLabel = "list|show|verify|drop", description = "What to do.")
  private Action action;

  @Option(
      names = "--from",
      paramLabel = "INSTANCE",
      defaultValue = "0",
      description = "show: leave out records of instances before this one.")
  private long from;

  @Option(
      names = "--to",
      paramLabel = "INSTANCE",
      defaultValue = "9223372036854775807",
      description = "show: leave out records of instances after this one.")
  private long to;

  @Option(
      names = "--json",
      description = "Print one JSON object; for show, what is found as text is in its lines.")
  private boolean json;

  @Spec private CommandSpec spec;

  private PrintWriter out;

  /** Made by picocli. */
  LogCommand() {}

  @Override
  public Integer call() throws IOException {
    out = spec.commandLine().getOut();
    ReplicaDirectory replica = ReplicaDirectory.open(folder);
    Path data = data(replica);
    int code =
        switch (action) {
          case LIST -> list(replica.cluster(), data);
          case SHOW -> show(replica.cluster(), data);
          case VERIFY -> verify(replica.cluster(), data);
          case DROP -> dropCheckpoint(replica.cluster(), data);
        };
    out.flush();
    return code;
  }

  /** The folder with log and checkpoints of a replica. */
  static Path data(ReplicaDirectory replica) throws IOException {
    Path data =
        replica
            .settings()
            .data()
            .orElseThrow(() -> new IOException(replica.path() + " keeps nothing on disk"));
    if (!Files.isDirectory(data)) {
      throw new IOException(data + " is not there: the replica has no log");
    }
    return data;
  }

  private static LogReader reader(ClusterConfig cluster, Path data) {
    return new LogReader(data, cluster.view().codecLimits());
  }

  private static long instance(Record record) {
    if (record instanceof Record.Wrote wrote) {
      return wrote.instance();
    } else if (record instanceof Record.Locked locked) {
      return locked.instance();
    } else if (record instanceof Record.Decided decided) {
      return decided.batch().instance();
    }
    return 0;
  }

  private static final class Content {
    private long records;
    private long firstDecision;
    private long lastDecision;

    void add(Record record) {
      records++;
      if (record instanceof Record.Decided) {
        firstDecision = firstDecision == 0 ? instance(record) : firstDecision;
        lastDecision = instance(record);
      }
    }
  }

  private int list(ClusterConfig cluster, Path data) throws IOException {
    LogReader reader = reader(cluster, data);
    Map<Long, Content> contents = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    reader.read(
        new LogReader.Visitor() {
          @Override
          public void onEntry(LogReader.Entry entry) {
            contents.computeIfAbsent(entry.segment(), key -> new Content()).add(entry.record());
          }

          @Override
          public void onProblem(String problem) {
            problems.add(problem);
          }
        });
    LogReader.Header header = reader.header();
    List<Map<String, Object>> segments = new ArrayList<>();
    for (Path path : reader.segments()) {
      String name = path.getFileName().toString();
      long number = Long.parseLong(name.replaceAll("\\D", ""));
      Content content = contents.getOrDefault(number, new Content());
      Map<String, Object> segment = new LinkedHashMap<>();
      segment.put("file", name);
      segment.put("bytes", Files.size(path));
      segment.put("records", content.records);
      segment.put("firstDecision", content.firstDecision);
      segment.put("lastDecision", content.lastDecision);
      segments.add(segment);
    }
    List<Map<String, Object>> checkpoints = new ArrayList<>();
    for (LogReader.CheckpointInfo found : reader.checkpoints(cluster.clusterDigest())) {
      Map<String, Object> checkpoint = new LinkedHashMap<>();
      checkpoint.put("instance", found.instance());
      checkpoint.put("bytes", found.bytes());
      checkpoint.put("whole", found.whole());
      checkpoints.add(checkpoint);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("state", header == null ? null : header.state().toLowerCase(Locale.ROOT));
    all.put("mode", header == null ? null : header.mode().name().toLowerCase(Locale.ROOT));
    all.put("votesLost", header == null || header.lost());
    all.put("segments", segments);
    all.put("checkpoints", checkpoints);
    all.put("problems", problems);
    if (json) {
      Json.print(out, all);
      return 0;
    }
    out.printf(
        "%s: %s%n",
        data,
        header == null
            ? "NO HEADER: the votes are lost"
            : all.get("state")
                + ", mode "
                + all.get("mode")
                + (header.lost() ? ", VOTES LOST and not replaced yet" : ""));
    for (Map<String, Object> segment : segments) {
      out.printf("%s  %,d bytes, %,d records, decisions %s to %s%n", segment.values().toArray());
    }
    for (LogReader.CheckpointInfo found : reader.checkpoints(cluster.clusterDigest())) {
      out.printf(
          "checkpoint at instance %d  %,d bytes%s%n",
          found.instance(), found.bytes(), found.whole() ? "" : ", DAMAGED");
    }
    problems.forEach(problem -> out.println("PROBLEM: " + problem));
    return 0;
  }

  private int show(ClusterConfig cluster, Path data) throws IOException {
    List<String> lines = new ArrayList<>();
    reader(cluster, data)
        .read(
            new LogReader.Visitor() {
              @Override
              public void onEntry(LogReader.Entry entry) {
                long instance = entry.record() == null ? 0 : instance(entry.record());
                if (instance == 0 ? from == 0 : instance >= from && instance <= to) {
                  line(entry.describe());
                }
              }

              @Override
              public void onProblem(String problem) {
                line("PROBLEM: " + problem);
              }

              private void line(String line) {
                if (json) {
                  lines.add(line);
                } else {
                  out.println(line);
                }
              }
            });
    if (json) {
      Json.print(out, Map.of("lines", lines));
    }
    return 0;
  }

  private int verify(ClusterConfig cluster, Path data) throws IOException {
    LogVerifier.Report report =
        LogVerifier.verify(
            data,
            cluster.domains(),
            cluster.configurationDigest(),
            cluster.view(),
            cluster.verifier(),
            cluster.view().codecLimits());
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("inOrder", report.isInOrder());
      all.put("records", report.records());
      all.put("firstDecision", report.firstDecision());
      all.put("lastDecision", report.lastDecision());
      all.put("signatures", report.signatures());
      all.put("checkpoints", report.checkpoints());
      all.put("problems", report.problems());
      Json.print(out, all);
    } else {
      report.problems().forEach(problem -> out.println("PROBLEM: " + problem));
      out.printf(
          "%s: %,d records, decisions %d to %d, %,d signatures checked, checkpoints at %s.%n",
          report.isInOrder() ? "In order" : "NOT in order",
          report.records(),
          report.firstDecision(),
          report.lastDecision(),
          report.signatures(),
          report.checkpoints().isEmpty() ? "no instance" : report.checkpoints());
    }
    return report.isInOrder() ? 0 : Main.FAILED;
  }

  private int dropCheckpoint(ClusterConfig cluster, Path data) throws IOException {
    long newest = CheckpointStore.dropNewest(data, cluster.clusterDigest());
    if (json) {
      Json.print(out, Map.of("newest", newest));
    } else {
      out.printf("Dropped. The newest checkpoint is now the one at instance %d.%n", newest);
    }
    return 0;
  }
}
