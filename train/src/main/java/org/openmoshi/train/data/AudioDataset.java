package org.openmoshi.train.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.openmoshi.train.audio.AudioException;
import org.openmoshi.train.audio.AudioFile;

/**
 * The usable audio files below a folder or in a manifest, sorted by name, and those that were skipped with the reason.
 */
public final class AudioDataset {

    /** Shorter files (seconds) hold no speech; they are skipped. */
    public static final double MIN_DURATION = 0.1;

    /** Names that promise audio. What is inside decides; also those that cannot be read, so that they are counted. */
    private static final Set<String> EXTENSIONS = Set.of(
            "wav", "wave", "flac", "mp3", "opus", "ogg", "oga", "aif", "aiff", "aifc", "m4a", "aac", "wma", "webm",
            "spx", "caf", "amr");

    /** Skipped files that the summary names; the others are only counted. */
    private static final int NAMED_IN_SUMMARY = 5;

    private final Path source;
    private final List<Clip> clips;
    private final List<Skipped> skipped;

    private AudioDataset(Path source, List<Clip> clips, List<Skipped> skipped) {
        this.source = source;
        this.clips = List.copyOf(clips);
        this.skipped = List.copyOf(skipped);
    }

    /** A file that is not used, and why. */
    public record Skipped(String name, String reason) {}

    /** Two disjoint parts of a data set. */
    public record Split(AudioDataset training, AudioDataset validation) {}

    /**
     * Finds the audio files of a folder (with all folders below, links followed, hidden files left out) or of a
     * manifest. A manifest is either a list of paths, one a line, or has one JSON object a line, {@code {"path": ...,
     * "duration": seconds}}, whose duration may be missing. Its paths are relative to the manifest's folder.
     *
     * <p>Durations come from the manifest or from the files' headers, read in parallel; nothing is decoded. Unreadable
     * files are skipped.
     *
     * @throws DatasetException if there is no such folder or manifest, the manifest is malformed, or not one file is
     *     usable
     */
    public static AudioDataset scan(Path source) throws IOException {
        List<Skipped> skipped = new ArrayList<>();
        List<ManifestEntry> entries;
        if (Files.isDirectory(source)) {
            entries = walk(source, skipped);
            if (entries.isEmpty()) {
                throw new DatasetException("no audio files in folder " + source + because(skipped)
                        + ": put WAV, AIFF, FLAC, MP3 or Ogg Opus files there, or name another folder");
            }
        } else if (Files.isRegularFile(source)) {
            entries = ManifestEntry.readAll(source);
        } else {
            throw new DatasetException("no such folder or manifest: " + source);
        }
        record Probed(Clip clip, String problem) {}
        List<Probed> probed = entries.parallelStream()
                .map(entry -> {
                    try {
                        return new Probed(probe(entry), "");
                    } catch (AudioException e) {
                        return new Probed(new Clip(entry.name(), entry.path(), 0), e.problem());
                    }
                })
                .toList();
        List<Clip> clips = new ArrayList<>();
        for (Probed result : probed) {
            if (result.problem.isEmpty()) {
                clips.add(result.clip);
            } else {
                skipped.add(new Skipped(result.clip.name(), result.problem));
            }
        }
        if (clips.isEmpty()) {
            throw new DatasetException("none of the " + entries.size() + " audio files of " + source + " is usable"
                    + because(skipped) + ": repair them or name other data");
        }
        clips.sort(Comparator.comparing(Clip::name));
        return new AudioDataset(source, clips, skipped);
    }

    private static Clip probe(ManifestEntry entry) throws AudioException {
        double duration = entry.duration();
        if (Double.isNaN(duration)) {
            duration = AudioFile.probe(entry.path()).duration();
        } else if (!Files.isRegularFile(entry.path())) {
            throw new AudioException(entry.path(), "does not exist", "check the manifest");
        }
        if (duration < MIN_DURATION) {
            throw new AudioException(
                    entry.path(),
                    String.format(Locale.ROOT, "too short: %.4f s, at least %.1f s are needed", duration, MIN_DURATION),
                    "leave it out");
        }
        return new Clip(entry.name(), entry.path(), duration);
    }

    private static List<ManifestEntry> walk(Path root, List<Skipped> skipped) throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        Files.walkFileTree(
                root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        String name = file.getFileName().toString();
                        String extension =
                                name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
                        if (!name.startsWith(".") && EXTENSIONS.contains(extension)) {
                            entries.add(new ManifestEntry(relativeName(root, file), file, Double.NaN));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        skipped.add(new Skipped(relativeName(root, file), "cannot be opened: " + e));
                        return FileVisitResult.CONTINUE;
                    }
                });
        return entries;
    }

    /** The name by which a file is known whatever folder its data set lies in. */
    static String relativeName(Path root, Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path base = root.toAbsolutePath().normalize();
        Path name = absolute.startsWith(base) ? base.relativize(absolute) : absolute;
        return name.toString().replace('\\', '/');
    }

    /** The usable files, sorted by name. */
    public List<Clip> clips() {
        return clips;
    }

    /** The files that are not used. */
    public List<Skipped> skipped() {
        return skipped;
    }

    /** Seconds of audio in all. */
    public double duration() {
        return clips.stream().mapToDouble(Clip::duration).sum();
    }

    /**
     * Splits by a hash of each file's name: a file stays on its side when the data set moves, and when files are added
     * or removed. Only where a side would have stayed empty (in small data sets) does it get the one file whose hash is
     * nearest; a single file is used for training.
     *
     * @param validationShare expected share of the files on the validation side, in [0, 1); 0 = none
     */
    public Split split(double validationShare) {
        if (!(validationShare >= 0 && validationShare < 1)) {
            throw new IllegalArgumentException("the validation share must be in [0, 1), got " + validationShare);
        }
        List<Clip> training = new ArrayList<>();
        List<Clip> validation = new ArrayList<>();
        for (Clip clip : clips) {
            (hash(clip.name()) < validationShare ? validation : training).add(clip);
        }
        Comparator<Clip> byHash = Comparator.comparingDouble(clip -> hash(clip.name()));
        if (validationShare > 0 && validation.isEmpty() && clips.size() > 1) {
            Clip nearest = training.stream().min(byHash).orElseThrow();
            training.remove(nearest);
            validation.add(nearest);
        }
        if (training.isEmpty()) {
            Clip nearest = validation.stream().max(byHash).orElseThrow();
            validation.remove(nearest);
            training.add(nearest);
        }
        return new Split(
                new AudioDataset(source, training, List.of()), new AudioDataset(source, validation, List.of()));
    }

    /** Uniform in [0, 1): FNV-1a over the UTF-8 bytes, mixed. */
    private static double hash(String name) {
        long hash = 0xCBF29CE484222325L;
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ octet & 0xFF) * 0x100000001B3L;
        }
        return (CounterRandom.mix(hash) >>> 11) * 0x1p-53;
    }

    /** One line: how much audio there is, and what was skipped for which reason. */
    public String summary() {
        return String.format(
                        Locale.ROOT,
                        "%d audio file%s, %.1f minutes, from %s",
                        clips.size(),
                        clips.size() == 1 ? "" : "s",
                        duration() / 60,
                        source)
                + because(skipped);
    }

    private static String because(List<Skipped> skipped) {
        if (skipped.isEmpty()) {
            return "";
        }
        String named = skipped.stream()
                .limit(NAMED_IN_SUMMARY)
                .map(file -> file.name + " (" + file.reason + ")")
                .collect(Collectors.joining(", "));
        int more = skipped.size() - NAMED_IN_SUMMARY;
        return "; skipped " + skipped.size() + ": " + named + (more > 0 ? " and " + more + " more" : "");
    }
}
