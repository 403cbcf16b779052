package dev.lockstep.protocol.view;

import dev.lockstep.protocol.view.View.Limits;
import dev.lockstep.protocol.view.View.Mode;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Views for tests: replicas 0 to n-1, each leading in turn. */
public final class Views {
  private Views() {}

  public static View byzantine(int n, int faults, int window) {
    return View.genesis(
        Mode.BYZANTINE,
        window,
        Collections.nCopies(n, 1),
        faults,
        limits(RequestAuthentication.VOUCHED));
  }

  public static View crash(int n, int faults, int window) {
    return View.genesis(
        Mode.CRASH,
        window,
        Collections.nCopies(n, 1),
        faults,
        limits(RequestAuthentication.VOUCHED));
  }

  public static View weighted(Mode mode, int faults, Integer... weights) {
    return View.genesis(mode, 1, List.of(weights), faults, limits(RequestAuthentication.VOUCHED));
  }

  public static Limits limits(RequestAuthentication authentication) {
    return Limits.defaults(authentication);
  }

  /** The same view with other limits. */
  public static View with(View view, Limits limits) {
    return new View(
        view.id(),
        view.firstInstance(),
        view.mode(),
        view.window(),
        view.members(),
        view.faults(),
        view.leaderOrder(),
        view.regencyBase(),
        limits);
  }

  public static QuorumSystem quorums(View view) {
    return new QuorumSystem(view, QuorumRule.STANDARD);
  }

  /** A valid view of at most {@code most} replicas with random weights. */
  public static View random(Random random, Mode mode, int window, int most) {
    int factor = mode == Mode.BYZANTINE ? 3 : 2;
    while (true) {
      int faults = random.nextInt((most - 1) / factor + 1);
      int n = factor * faults + 1 + random.nextInt(most - factor * faults);
      int heaviest = 1 + random.nextInt(5);
      List<Integer> weights = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        weights.add(1 + random.nextInt(heaviest));
      }
      List<Integer> sorted = new ArrayList<>(weights);
      sorted.sort(Collections.reverseOrder());
      int total = weights.stream().mapToInt(weight -> weight).sum();
      int top = sorted.subList(0, faults).stream().mapToInt(weight -> weight).sum();
      if (total > factor * top) {
        return View.genesis(mode, window, weights, faults, limits(RequestAuthentication.VOUCHED));
      }
    }
  }
}
