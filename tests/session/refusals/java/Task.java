import org.apache.tools.ant.Project;
import org.apache.tools.ant.taskdefs.optional.ssh.Scp;

/** Ant's task "scp", which is made of JSch. */
final class Task implements Client {
	private final Site site;

	Task(Site site) {
		this.site = site;
	}

	private Scp task() {
		Scp task = new Scp();

		task.setProject(new Project());
		task.init();
		task.setPort(site.port);
		task.setKeyfile(site.key);
		task.setPassphrase("");
		task.setTrust(true);
		return task;
	}

	private String at(String user, String path) {
		return user + "@" + site.host + ":" + path;
	}

	@Override
	public void put(String user, String local, String remote) {
		Scp task = task();

		task.setLocalFile(local);
		task.setRemoteTofile(at(user, remote));
		task.execute();
	}

	@Override
	public void get(String user, String remote, String local) {
		Scp task = task();

		task.setRemoteFile(at(user, remote));
		task.setLocalTofile(local);
		task.execute();
	}
}
