-- A project that has no owner of its own gets the one who has owned its organization longest.
insert into project_member (project_id, user_id, role)
select p.id, o.user_id, 'owner'
from project p
cross join lateral (
  select user_id from organization_member m
  where m.org_id = p.org_id and m.role = 'owner' order by m.created_at, m.user_id limit 1
) o
where not exists (select 1 from project_member m where m.project_id = p.id and m.role = 'owner')
on conflict (project_id, user_id) do update set role = 'owner';
