package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Json;
import dev.lockstep.cli.Main;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.fabric.load.Load;
import dev.lockstep.fabric.msp.MspFolder;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric bench} command. */
@Command(
    name = "bench",
    description = {
      "Put a running ordering service under load, and say what came of it.",
      "Clients broadcast signed envelopes over TLS, and receivers follow the chain, as peers do."
          + " Several sizes and numbers of receivers are measured one after the other. How large"
          + " blocks are is what the channel's configuration says. What is ordered stays in the"
          + " chain: do this with a channel that nobody needs."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricBenchCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of the ordering service.")
  private Path directory;

  @Option(
      names = "--channel",
      paramLabel = "ID",
      required = true,
      description = "The channel to order envelopes on.")
  private String channel;

  @Option(
      names = "--user",
      paramLabel = "FOLDER",
      required = true,
      description = "MSP folder of the client, like users/User1@org1.example.com/msp.")
  private Path user;

  @Option(
      names = "--user-msp-id",
      paramLabel = "ID",
      defaultValue = "Org1MSP",
      description = "MSP id of the client (default: ${DEFAULT-VALUE}).")
  private String userMspId;

  @Option(
      names = "--envelope",
      paramLabel = "BYTES",
      split = ",",
      defaultValue = "200",
      description =
          "Data of an envelope; certificate and signature come to that (default: ${DEFAULT-VALUE}).")
  private List<Integer> sizes;

  @Option(
      names = "--receivers",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "How many follow the chain (default: ${DEFAULT-VALUE}).")
  private List<Integer> receivers;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "8",
      description = "Broadcast streams (default: ${DEFAULT-VALUE}).")
  private int streams;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "100",
      description = "Envelopes of a stream that may be unanswered (default: ${DEFAULT-VALUE}).")
  private int window;

  @Option(
      names = "--frontends",
      paramLabel = "N",
      defaultValue = "1",
      description = "To how many frontends clients connect (default: ${DEFAULT-VALUE}).")
  private int frontends;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "Before each measurement (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      defaultValue = "15",
      description = "How long each measurement takes (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Write the throughputs as a picture (SVG).")
  private Path plot;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Spec private CommandSpec spec;

  private Duration cpuBefore;
  private double cpuSeconds;

  /** Made by picocli. */
  FabricBenchCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    for (int each : List.of(streams, window, frontends, seconds)) {
      if (each < 1) {
        throw bad("--streams, --window, --frontends and --seconds must be at least 1");
      }
    }
    FabricFolder folder = FabricFolder.open(directory);
    if (folder.genesisOrNull(channel) == null) {
      throw bad("there is no channel " + channel + "; there are " + folder.channels());
    }
    SigningIdentity client;
    try {
      client = MspFolder.signer(user, userMspId);
    } catch (RefusedException e) {
      throw bad(e.getMessage());
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int size : sizes) {
      for (int each : receivers) {
        Map<String, Object> row = measure(folder, client, size, each);
        rows.add(row);
        if (!json) {
          print(row);
        }
      }
    }
    if (json) {
      Json.print(spec.commandLine().getOut(), rows);
    }
    if (plot != null) {
      BenchPlot.write(plot, channel, rows);
    }
    return 0;
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  private Map<String, Object> measure(
      FabricFolder folder, SigningIdentity client, int size, int each)
      throws IOException, InterruptedException {
    List<InetSocketAddress> addresses = new ArrayList<>();
    String first = null;
    for (Map.Entry<String, String> listener : folder.listeners().entrySet()) {
      if (addresses.size() < frontends) {
        int colon = listener.getValue().lastIndexOf(':');
        addresses.add(
            new InetSocketAddress(
                listener.getValue().substring(0, colon),
                Integer.parseInt(listener.getValue().substring(colon + 1))));
        first = first == null ? listener.getKey() : first;
      }
    }
    if (first == null) {
      throw bad(directory + " holds no frontend");
    }
    cpuBefore = null;
    Load.Result result =
        new Load(
                new Load.Settings(
                    addresses,
                    folder.authorityOrNull(first),
                    channel,
                    client,
                    size,
                    streams,
                    window,
                    each,
                    warmUp,
                    seconds))
            .run(() -> noteCpu(folder));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("channel", channel);
    row.put("nodes", folder.cluster().cluster().members().size());
    row.put("dataBytes", size);
    row.put("envelopeBytes", result.envelopeBytes());
    row.put("receivers", each);
    row.put("envelopesPerSecond", Math.round(result.envelopesPerSecond()));
    row.put("blocksPerSecond", Math.round(result.blocksPerSecond() * 10) / 10.0);
    row.put("p50Millis", Math.round(result.p50Millis()));
    row.put("p95Millis", Math.round(result.p95Millis()));
    row.put(
        "cpuMicrosPerEnvelope",
        Math.round(cpuSeconds * 1e6 / Math.max(1, result.envelopesPerSecond() * seconds)));
    return row;
  }

  /** Processor time of what of the service runs on this machine. */
  private void noteCpu(FabricFolder folder) {
    Duration sum = Duration.ZERO;
    try {
      for (LocalProcess each : LocalProcesses.of(folder)) {
        Optional<Duration> used =
            each.process().flatMap(process -> process.info().totalCpuDuration());
        sum = sum.plus(used.orElse(Duration.ZERO));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    if (cpuBefore == null) {
      cpuBefore = sum;
    } else {
      cpuSeconds = sum.minus(cpuBefore).toNanos() / 1e9;
    }
  }

  private void print(Map<String, Object> row) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s, %s nodes, data %s B (envelope %s B), %s receivers: %s envelopes/s, %s blocks/s, p50"
            + " %s ms, p95 %s ms, %s us of processor time of the service per envelope%n",
        row.values().toArray());
    out.flush();
  }
}
